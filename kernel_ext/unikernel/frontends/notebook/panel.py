"""panel: what `%unikernel panel` shows, from Python."""

from __future__ import annotations

from unikernel.machines import registry
from unikernel.model.calls.arguments import checked

from . import widgets


@checked
def panel(name: str | None = None) -> object:
    """Return the panel of all machines, or of the one called `name`, to be shown in a cell.

    It is live where there are widgets, and has text and HTML for everywhere else. A kernel has one
    panel of all machines, and one of each, however often they are shown. Raises NoSuchMachine.
    """
    machine = None if name is None else registry.machine(name)
    return widgets.panel(machine)
