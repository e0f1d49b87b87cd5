"""One gdb a machine, kept as long as the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.machines import registry

from .debugger import Debugger

if TYPE_CHECKING:
    from unikernel.machines import Machine

_debuggers: dict[str, Debugger] = {}  # by the names of run folders, which are never used twice


def gdb(machine: Machine | str) -> Debugger:
    """Return the gdb of a machine, given itself or by its name: the same one each time.

    gdb itself starts with its first command. Raises NoSuchMachine.
    """
    found = registry.machine(machine) if isinstance(machine, str) else machine
    for name in [name for name, one in _debuggers.items() if one.machine.exit]:
        del _debuggers[name]
    return _debuggers.setdefault(found.folder_name, Debugger(found))
