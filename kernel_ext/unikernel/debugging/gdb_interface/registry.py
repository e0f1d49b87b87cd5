"""One gdb a machine, kept as long as the machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError
from unikernel.host import event_loop
from unikernel.machines import registry

from .debugger import Debugger

if TYPE_CHECKING:
    from unikernel.machines import Machine

_END_TIME_S = 5.0
_debuggers: dict[str, Debugger] = {}  # by the names of run folders, which are never used twice


def gdb(machine: Machine | str) -> Debugger:
    """Return the gdb of a machine, given itself or by its name: the same one each time.

    gdb itself starts with its first command. Raises NoSuchMachine.
    """
    found = registry.machine(machine) if isinstance(machine, str) else machine
    for name in [name for name, one in _debuggers.items() if one.machine.exit]:
        del _debuggers[name]
    return _debuggers.setdefault(found.folder_name, Debugger(found))


def _close_all() -> None:
    """Let go of guests of other processes, which live on."""
    for debugger in _debuggers.values():
        if debugger.lives:
            with contextlib.suppress(UnikernelError, TimeoutError):
                event_loop.call(debugger.close_async(), timeout_s=_END_TIME_S)


event_loop.at_exit(_close_all)
