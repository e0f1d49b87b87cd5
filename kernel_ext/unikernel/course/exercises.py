"""Exercises, and the checks of their solutions: one function each, in the module of its lab."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from unikernel.errors import UsageError

from .catalogue import lab as lab_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .work import Work

    Checking = Callable[[Work], None]

_exercises: dict[str, dict[int, Exercise]] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lab, worth `points` where it is graded.

    `checking` raises NotYet for work that does not solve it.
    """

    lab: str
    number: int
    title: str
    checking: Checking
    points: int = 1


def exercise(
    lab: str, number: int, title: str, *, points: int = 1
) -> Callable[[Checking], Checking]:
    """Register the decorated function as what checks an exercise of a lab."""

    def register(checking: Checking) -> Checking:
        _exercises.setdefault(lab, {})[number] = Exercise(lab, number, title, checking, points)
        return checking

    return register


def exercises(lab: str) -> tuple[Exercise, ...]:
    """Return a lab's exercises in their order. Raises UsageError when there is no such lab."""
    import_module(f"{__package__}.checks.{lab_of(lab).name}")
    return tuple(found for _, found in sorted(_exercises[lab].items()))


def exercise_of(lab: str, number: int) -> Exercise:
    """Return one exercise of a lab. Raises UsageError when there is none of that number."""
    found = exercises(lab)
    for one in found:
        if one.number == number:
            return one
    raise UsageError(
        f"Lab {lab!r} has no exercise {number!r}.", hint=f"Its exercises are 1 to {len(found)}."
    )
