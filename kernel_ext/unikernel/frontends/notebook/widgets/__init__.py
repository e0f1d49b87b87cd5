"""Live views of machines; text and HTML where widgets are not to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel.machines import registry
from unikernel.render import display
from unikernel.render.live_console import Screen

from .live import LiveView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image


def console(machine: Machine, output: Callable[[], Any]) -> object:
    """Return a live console with an input line, or the console's text without anywidget."""
    try:
        from .console_view import ConsoleView
    except ImportError:
        return Screen.of(machine)
    return LiveView(machine, ConsoleView, lambda machine: Screen.of(machine).bundle(), output)


_show_console = console  # the name becomes the module's with its first import


def panel(machine: Machine | None) -> object:
    """Return the panel of all machines, or of one; without anywidget, text about it."""
    try:
        from .panel_view import PanelView
    except ImportError:
        everything = (*registry.machines(), *registry.others())
        return Screen.of(machine) if machine else display.machines_table(everything)
    return PanelView.of(machine, _show_console)


def sliders(what: str, image: Image, given: Mapping[str, Any], output: Callable[[], Any]) -> object:
    """Return controls of a measurement. Raises UsageError where there are no ipywidgets."""
    try:
        from .measuring.slider_box import Sliders
    except ImportError as problem:
        raise UsageError(
            "Sliders are ipywidgets', which is not installed.", hint="pip install ipywidgets"
        ) from problem
    return Sliders(what, image, given, output)
