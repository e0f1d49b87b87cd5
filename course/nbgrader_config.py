"""How nbgrader makes, runs and grades the labs of jupyter-unikernel; yours to change.

Written by `./lab course`. `nbgrader --help-all` describes all that can be set.
"""

from typing import Any

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

c = get_config()  # type: ignore[name-defined]  # noqa: F821 (traitlets defines it)

c.CourseDirectory.course_id = "unikernels"

# Students' programs are graded as processes of Linux: they start in milliseconds and need no QEMU,
# but for their networks. For virtual machines: "virtio". Cells that name a target keep it.
c.Execute.extra_arguments = ["--UnikernelMagics.target=unix"]
# Seconds. A cell that has not ended by then is interrupted, and the next one is run. The longest
# boot a dozen guests; the first build on a new computer takes half a minute for the library OS.
c.Execute.timeout = 120
c.LimitOutput.max_lines = 200  # of a guest that floods its console


class StartingPoints(ClearSolutions):  # type: ignore[misc]
    """Gives students each exercise as the lab has it: its own starting point."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Put a cell's starting point in place of its solution."""
        start = cell.metadata.pop("unikernel", {}).get("starting_point")
        if start is None:
            cell, resources = super().preprocess_cell(cell, resources, cell_index)
        else:
            cell.source = start
        return cell, resources


c.GenerateAssignment.preprocessors = [
    StartingPoints if one is ClearSolutions else one
    for one in GenerateAssignment.preprocessors.default_args[0]
]
