"""Live views of machines; text and HTML where widgets are not to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.render import display
from unikernel.render.live_console import Screen

from .live import LiveView

if TYPE_CHECKING:
    from collections.abc import Callable

    from unikernel.machines import Machine


def console(machine: Machine, output: Callable[[], Any]) -> object:
    """Return a live console with an input line, or the console's text without anywidget."""
    try:
        from .console import ConsoleView
    except ImportError:
        return Screen.of(machine)
    return LiveView(machine, ConsoleView, lambda machine: Screen.of(machine).bundle(), output)


def panel(machine: Machine, output: Callable[[], Any]) -> object:
    """Return the machine's state with buttons, or its text without anywidget."""
    try:
        from .machine import MachineView
    except ImportError:
        return Screen.of(machine)
    return LiveView(machine, MachineView, display.machine_bundle, output)
