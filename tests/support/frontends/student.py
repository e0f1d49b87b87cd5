"""A student with a lab, in a kernel of their own, who runs its cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat

from .kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from unikernel.course import Lab

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def quickest(lab: Lab) -> str:
    """Return the target of a lab on which guests start soonest."""
    return "unix" if "unix" in lab.targets else lab.targets[0]


class Student:
    """A student with a notebook, whose programs are for `target` where it names none."""

    def __init__(self, lab: Lab, target: str, folder: Path) -> None:
        self.lab = lab
        read: Any = nbformat.read
        self.cells = [it for it in read(lab.path, as_version=4).cells if it.cell_type == "code"]
        self.kernel = Kernel(folder)
        self.kernel.run(f"%config UnikernelMagics.target = {target!r}")

    def run(self, source: str) -> tuple[str, str]:
        """Run a cell; return what it says, and the name of the error it ends with, or ""."""
        said, error = [], ""
        for kind, content in self.kernel.outputs(self.kernel.submit(source)):
            if kind == "error":
                error = content["ename"]
                said += content["traceback"]
            elif kind == "stream":
                said.append(content["text"])
            elif kind in {"display_data", "execute_result"}:
                said.append(content["data"].get("text/plain", ""))
        return _COLOURS.sub("", "\n".join(said)), error

    def work_through(self, sources: Mapping[str, str]) -> dict[str, str]:
        """Run all cells but the check, those of `sources` as they are there; return the errors."""
        cells = [(cell, sources.get(cell.id, cell.source)) for cell in self.cells[:-1]]
        ran = [(cell.id, *self.run(source)) for cell, source in cells]
        return {name: said for name, said, error in ran if error}

    def answer(self, sources: Mapping[str, str]) -> dict[str, str]:
        """Run the exercises as in `sources`, and what the check needs; return the errors."""
        cells = [cell for cell in self.cells if {"exercise", "needed"} & set(_tags(cell))]
        ran = [(cell.id, *self.run(sources.get(cell.id, cell.source))) for cell in cells]
        return {name: said for name, said, error in ran if error}

    def try_answer(self, cell_id: str, source: str) -> None:
        """Run an exercise's cell and what the check needs of the cells after it."""
        self.run(source)
        (place,) = [at for at, cell in enumerate(self.cells) if cell.id == cell_id]
        for cell in self.cells[place + 1 :]:
            if "exercise" in _tags(cell):
                return
            if "needed" in _tags(cell):
                self.run(cell.source)

    def check(self, exercise: int | None = None) -> tuple[str, str]:
        """Check the work, or one exercise of it."""
        return self.run(f"uk.course.check({self.lab.name!r}, {exercise})")


def _tags(cell: Any) -> list[str]:
    tags: list[str] = cell.metadata.get("tags", [])
    return tags
