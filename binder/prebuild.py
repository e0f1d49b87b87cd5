"""Builds what the cells of notebooks build, so that whoever runs them later need not wait.

    python prebuild.py NOTEBOOK...

The library OS, packages and images go into the cache. A program that is wrong on purpose, or is an
exercise to be finished, is told of in a line; anything else that fails ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell

import unikernel
from unikernel_toolchain.errors import CompileError, LinkError, PackageError

MAGICS = ("%%unikernel build", "%%unikernel config")
WRONG_PROGRAMS = (CompileError, LinkError, PackageError)


def build_cells(shell: InteractiveShell, path: Path) -> None:
    """Build what a notebook's cells do; raises what is no program's fault."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.startswith(MAGICS):
            continue
        first, _, body = cell.source.partition("\n")
        line = first.removeprefix("%%unikernel ")
        try:
            shell.run_cell_magic("unikernel", line, f"{body}\n")
        except WRONG_PROGRAMS as error:
            print(f"{path.name}: {line}: {error.what}")


def main(notebooks: list[str]) -> None:
    """Build for each target something, and what these notebooks build."""
    for target in ("unix", "virtio"):
        unikernel.build('let start () = print_endline "warm"', name="warm", target=target)
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "unikernel")
    for path in notebooks:
        build_cells(shell, Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
