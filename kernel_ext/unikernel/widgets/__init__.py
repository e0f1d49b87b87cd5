"""Live views of machines; text and HTML where widgets are not to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.following import Screen

if TYPE_CHECKING:
    from unikernel.machines import Machine


def console(machine: Machine) -> object:
    """Return a live console with an input line, or the console's text without anywidget."""
    try:
        from .console import ConsoleView
    except ImportError:
        return Screen.of(machine)
    return ConsoleView(machine)


def panel(machine: Machine) -> object:
    """Return the machine's state with buttons, or its text without anywidget."""
    try:
        from .machine import MachineView
    except ImportError:
        return Screen.of(machine)
    return MachineView(machine)
