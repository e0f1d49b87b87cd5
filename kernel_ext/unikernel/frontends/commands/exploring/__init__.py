"""The commands that measure one question at many settings."""

from __future__ import annotations

from unikernel.frontends.commands.command import Command

from . import sweep, tune

COMMANDS = {
    "sweep": Command(
        sweep.add,
        "measure at every combination of some settings",
        sweep.sweep,
        sweep.operands,
        takes_cell=True,
    ),
    "tune": Command(
        tune.add,
        "find the best of many settings with few measurements",
        tune.tune,
        sweep.operands,
        takes_cell=True,
    ),
}
