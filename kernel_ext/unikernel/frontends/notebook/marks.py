"""What compilers said of a cell, as an output that the cell's editor reads.

JupyterLab's extension underlines it in place (labextension, underlines.js). Elsewhere the output
is an empty text, and what is said stands in the error or the warnings beside it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from IPython.display import display

from unikernel_toolchain.errors import CompileError, LinkError

if TYPE_CHECKING:
    from unikernel_toolchain.errors import ToolchainError
    from unikernel_toolchain.model.image import Image

MIME = "application/vnd.unikernel.diagnostics+json"
FIRST_LINE = 2  # of a cell's program: the magic is line 1


def show_error(error: ToolchainError, cell: str) -> None:
    """Have a build's error underlined where it is in the cell."""
    if isinstance(error, CompileError | LinkError):
        _show(error.detail, cell, error.hint)


def show_warnings(image: Image, cell: str) -> None:
    """Have what the compilers warned of marked where it is in the cell."""
    _show(image.log, cell)


def _show(output: str, cell: str, hint: str = "") -> None:
    from unikernel_toolchain.report.marks import marks

    found = [asdict(mark) for mark in marks(output, cell, FIRST_LINE)]
    for mark in found:
        if hint and mark["severity"] == "error":
            mark["message"] += f"\n{hint}"
    if found:
        display({MIME: found, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
