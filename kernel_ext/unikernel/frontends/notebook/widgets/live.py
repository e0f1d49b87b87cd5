"""Live views: widgets that end with their machine.

    shown ──▶ widget in the page ── the machine ends ──▶ still picture in its place, widget closed
                                                         (what is saved with the notebook)

A widget is a comm with state in the kernel and in each page, for good unless somebody closes it. So
there is one of a kind for a machine, however many cells show it; when the machine ends, each cell's
output is replaced and the widget closed. Neither the table of widgets nor `Out[n]`, which keeps
every view, keeps an ended machine alive: it has a megabyte of console.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from unikernel.machines import Machine


# One of a kind for a machine, however often it is shown: each sends what changes.
_open: WeakKeyDictionary[Machine, dict[object, Any]] = WeakKeyDictionary()


class LiveView:
    """A view of a machine: a widget while it runs, text and HTML once it has ended.

    `output()` makes a new output of the cell, which
    has `display` and `update`; `still(machine)` is a MIME bundle.
    """

    def __init__(
        self,
        machine: Machine,
        widget: Callable[[Machine], Any],
        still: Callable[[Machine], dict[str, str]],
        output: Callable[[], Any],
    ) -> None:
        self._machine: Machine | None = machine
        self._widget = widget
        self._still = still
        self._new_output = output
        self._last: dict[str, str] = {}
        machine.on_change(self._settle)
        self._settle(machine)

    def __repr__(self) -> str:
        machine = self._machine
        return (self._still(machine) if machine else self._last)["text/plain"]

    def _settle(self, machine: Machine) -> None:
        """Remember what an ended machine showed last, and let go of it: `Out` keeps views."""
        if machine.exit and self._machine:
            self._last = self._still(machine)
            self._machine = None
            machine.off_change(self._settle)

    def _ipython_display_(self) -> None:
        output, machine = self._new_output(), self._machine
        if machine is None:
            output.display(self._last, raw=True)
            return
        widgets = _open.setdefault(machine, {})
        widget = widgets.get(self._widget) or self._widget(machine)
        widgets[self._widget] = widget
        output.display(widget)

        def end(machine: Machine) -> None:
            if machine.exit:
                machine.off_change(end)
                output.update(self._still(machine), raw=True)
                widgets.pop(self._widget, None)
                widget.close()

        machine.on_change(end)
        end(machine)  # it may have ended meanwhile
