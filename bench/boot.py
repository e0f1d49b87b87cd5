"""Boot: an OCaml hello from QEMU's start to its first line, against the floor kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import unikernel
from unikernel.machines.qemu import accelerator

from .against import floor
from .qemu import bare_command, first_line_ms
from .tools.interleave import interleave
from .tools.programs import OCAML
from .tools.report import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.model.measurement import Measurements

REPEAT = 20
RATIO = Ratio("boot", "boot.ocaml", "boot.floor", at_most=1.25)


def run(folder: Path) -> Measurements:
    """Measure both under the same QEMU command, in turns."""
    hello = bare_command(unikernel.build(OCAML, name="bench-hello").path)
    lowest = bare_command(floor.build(folder))
    return interleave(
        {"boot.ocaml": lambda: first_line_ms(hello), "boot.floor": lambda: first_line_ms(lowest)},
        repeat=REPEAT,
        accelerator=accelerator.choose("auto").name,
    )
