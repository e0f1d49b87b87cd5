"""The commands that measure one question at many settings."""

from __future__ import annotations

from unikernel.frontends.commands.command import Command

from . import sweep

COMMANDS = {
    "sweep": Command(
        sweep.add,
        "measure at every combination of some settings",
        sweep.sweep,
        sweep.operands,
        takes_cell=True,
    ),
}
