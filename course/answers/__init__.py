"""Answers to the labs' exercises, right ones and wrong ones, by the exercises' cells.

A module a lab, of the lab's name; its ANSWERS say for each cell to fill in what is right, and
for some wrong contents what the check says of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import cast


@dataclass(frozen=True)
class Answer:
    """What may stand in the cell of an exercise.

    `right` solves it. `wrong` are contents that do not, with a regular expression of what the check
    says then.
    """

    right: str
    wrong: Mapping[str, str] = field(default_factory=dict)


def answers(lab: str) -> Mapping[str, Answer]:
    """Return a lab's answers by the ids of its cells."""
    found = import_module(f"{__name__}.{lab}").ANSWERS
    return cast("Mapping[str, Answer]", found)
