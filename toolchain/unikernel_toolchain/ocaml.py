"""Compiles the library OS's OCaml sources."""

from __future__ import annotations

from pathlib import Path

from .errors import ToolchainError
from .run import Stop, run
from .tools import Toolchain

WARNINGS = ("-w", "+a-4-9-40-41-42-44-45-70", "-warn-error", "+a")


def sorted_units(folder: Path, tools: Toolchain, stop: Stop) -> list[str]:
    """Return the source files in `folder` in the order to compile them."""
    files = sorted(path.name for path in folder.glob("*.ml*") if path.suffix in {".ml", ".mli"})
    return call([tools.ocamldep, "-sort", *files], folder, folder.name, stop).split()


def call(command: list[str | Path], folder: Path, what: str, stop: Stop) -> str:
    """Run a program of OCaml's in `folder` and return what it printed.

    Raises ToolchainError, with the program's words, when it fails; `what` was being built.
    """
    finished = run(command, folder=folder, variables={"TMPDIR": str(folder)}, stop=stop)
    if finished.status != 0:
        raise ToolchainError(
            f"The library OS does not build: {what}.",
            detail=finished.text.strip(),
            hint="Are all OCaml packages of one release? `unikernel doctor` tells.",
        )
    return finished.output
