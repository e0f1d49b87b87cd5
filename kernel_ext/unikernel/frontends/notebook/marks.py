"""What compilers said of a cell, as an output that the cell's editor reads.

JupyterLab's extension underlines it in place (labextension, underlines.js). Elsewhere the output
is an empty text, and what is said stands in the error or the warnings beside it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from IPython.display import display

from unikernel_toolchain.errors import CompileError, LinkError, PackageError, StartError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel_toolchain.errors import ToolchainError
    from unikernel_toolchain.model.image import Image
    from unikernel_toolchain.report.marks import Mark

MIME = "application/vnd.unikernel.diagnostics+json"
MAGIC = "%%unikernel"
FIRST_LINE = 2  # of a cell's program: the magic is line 1


def show_error(error: ToolchainError, line: str, cell: str) -> None:
    """Have a build's error underlined where it is: in the cell, or in the magic's line above it."""
    from unikernel_toolchain.report import marks

    if isinstance(error, StartError):
        _show([marks.of_start(error.detail, cell, FIRST_LINE)])
    elif isinstance(error, CompileError | LinkError):
        _show(marks.marks(error.detail, cell, FIRST_LINE), error.hint)
    elif isinstance(error, PackageError):
        _show([marks.of_word(error.what, error.package, f"{MAGIC} {line}", 1)], error.hint)


def show_warnings(image: Image, cell: str) -> None:
    """Have what the compilers warned of marked where it is in the cell."""
    from unikernel_toolchain.report.marks import marks

    _show(marks(image.log, cell, FIRST_LINE))


def _show(marks: Iterable[Mark | None], hint: str = "") -> None:
    found = [asdict(mark) for mark in marks if mark]
    for mark in found:
        if hint and mark["severity"] == "error":
            mark["message"] += f"\n{hint}"
    if found:
        display({MIME: found, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
