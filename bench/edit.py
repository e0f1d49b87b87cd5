"""Edit: from submitting a changed cell to its first console line.

Beside it, what it costs at least: a native compilation of the same text, and the floor's boot.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import unikernel
from unikernel.machines.qemu import accelerator

from .against import floor
from .qemu import bare_command, first_line_ms
from .tools.interleave import interleave
from .tools.programs import LINE, OCAML
from .tools.report import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.model.measurement import Measurements

REPEAT = 20
NAME = "bench-edit"
RATIO = Ratio("edit", "edit.unikernel", "edit.native + floor", at_most=2.0)

_stamp = time.time_ns()
_edits = itertools.count()


def changed() -> str:
    """Return the hello program with a line that was never built before."""
    return OCAML.replace(LINE, f"{LINE} {_stamp}.{next(_edits)}")


def run(folder: Path) -> Measurements:
    """Measure both in turns, through the notebook's own magics."""
    shell = InteractiveShell.instance()
    run_cell(shell, "%load_ext unikernel")
    lowest = bare_command(floor.build(folder))
    return interleave(
        {
            "edit.unikernel": lambda: edit_ms(shell),
            "edit.native + floor": lambda: native_ms(folder) + first_line_ms(lowest),
        },
        repeat=REPEAT,
        accelerator=accelerator.choose("auto").name,
    )


def edit_ms(shell: InteractiveShell) -> float:
    """Return the milliseconds from submitting a changed cell to the guest's first line."""
    cell = f"%%unikernel build {NAME}\n{changed()}"
    started = time.perf_counter()
    run_cell(shell, cell)
    run_cell(shell, f"%unikernel boot {NAME}")
    unikernel.machine(NAME).console.expect(LINE, timeout_s=30)
    elapsed = (time.perf_counter() - started) * 1000
    unikernel.machine(NAME).stop()
    return elapsed


def run_cell(shell: InteractiveShell, cell: str) -> None:
    """Run a cell as a notebook does, its output kept off the terminal."""
    with capture_output():
        result = shell.run_cell(cell)  # type: ignore[no-untyped-call]
    result.raise_error()


def native_ms(folder: Path) -> float:
    """Return the milliseconds in which `ocamlfind ocamlopt` makes a Linux program of the text."""
    source = folder / "native.ml"
    source.write_text(changed(), encoding="utf-8")
    started = time.perf_counter()
    subprocess.run(
        ["ocamlfind", "ocamlopt", source.name, "-o", "native"], cwd=folder, check=True, timeout=60
    )
    return (time.perf_counter() - started) * 1000
