"""A lab as an nbgrader assignment: its notebook with solutions, and a graded cell an exercise.

nbgrader takes the solutions out when it makes the students' version. What it would put there is one
text for all cells; here each cell has a starting point of its own, which travels in its metadata
until nbgrader_config.py puts it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat

from unikernel.course.exercises import exercises

from .answers import answers

if TYPE_CHECKING:
    from unikernel.course import Lab
    from unikernel.course.exercises import Exercise

v4: Any = nbformat.v4  # which has no types
SCHEMA = 3  # of nbgrader's metadata, since 0.6
GRADED = """\
## Graded
One cell an exercise, and each can be run by itself; **Validate** runs them all. What counts is how
your notebook fares when it is run from top to bottom in a fresh kernel.
"""


def assignment(lab: Lab) -> Any:
    """Return a lab as the notebook that nbgrader keeps in its folder `source`."""
    notebook: Any = nbformat.read(lab.path, as_version=4)  # type: ignore[no-untyped-call]
    right = answers(lab.name)
    *cells, _check = notebook.cells
    for cell in cells:
        if cell.id in right:
            _make_solution(cell, right[cell.id].right)
        elif cell.cell_type == "code" and "uk.course.begin(" in cell.source:
            cell.metadata["nbgrader"] = _facts(cell.id, locked=True)
    text = v4.new_markdown_cell(GRADED, id=f"graded-{lab.name}")
    notebook.cells = [*cells, text, *map(_grader, exercises(lab.name))]
    return notebook


def _make_solution(cell: Any, right: str) -> None:
    cell.metadata["nbgrader"] = _facts(cell.id, solution=True)
    cell.metadata["unikernel"] = {"starting_point": cell.source}
    magic, program = "", right.rstrip("\n")
    if program.startswith("%%"):
        magic, _, program = program.partition("\n")
    begin, end = (_comment(magic, f"{word} SOLUTION") for word in ("BEGIN", "END"))
    cell.source = "\n".join(filter(None, (magic, begin, program, end)))


def _comment(magic: str, text: str) -> str:
    """Return a comment in the language of a cell whose first line is `magic`."""
    if "--lang c" in magic or magic.endswith((".c", ".h")):
        return f"/* {text} */"
    if magic.startswith(("%%unikernel build", "%%unikernel config")):
        return f"(* {text} *)"
    return f"### {text}"


def _grader(exercise: Exercise) -> Any:
    name = f"check-{exercise.lab}-{exercise.number}"
    # It is imported anew, since a student's cell may have replaced what `uk.course.check` names.
    # Of a value that a graded cell shows nbgrader thinks that it is the points: nothing is shown.
    check = (
        "from unikernel.course.checking import check\n"
        f'check("{exercise.lab}", {exercise.number});  # {exercise.title}'
    )
    cell: Any = v4.new_code_cell(check, id=name)
    cell.metadata["nbgrader"] = _facts(name, locked=True, grade=True, points=exercise.points)
    return cell


def _facts(name: str, **facts: Any) -> dict[str, Any]:
    kind = {"grade": False, "solution": False, "locked": False, "task": False}
    return {**kind, "grade_id": name, "schema_version": SCHEMA, **facts}
