"""What `%unikernel` and `unikernel` do with parsed options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError, UsageError
from unikernel_toolchain.messages import os_errors

from . import table

if TYPE_CHECKING:
    from .call import Call

COMMANDS = {name: command.run for name, command in table.COMMANDS.items() if command.run}


def run(call: Call) -> object:
    """Do what the call asks. What the operating system refuses is raised as UnikernelError.

    Raises UsageError for a cell where none belongs, and what the command raises.
    """
    if call.cell is not None and not table.COMMANDS[call.options.command].takes_cell:
        hint = "Above a program goes %%unikernel build NAME; other commands take one %."
        raise UsageError(f"{call.options.command} takes no cell.", hint=hint)
    doing = f"{call.options.command} could not be done"
    with os_errors.raised_as(doing, UnikernelError, os_errors.NAMED):
        return COMMANDS[call.options.command](call)
