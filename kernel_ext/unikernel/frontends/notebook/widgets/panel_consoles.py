"""The consoles that are open below rows of the panel: views that cells have, in another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import TypeAlias

    from unikernel.machines import Machine

    ShowConsole: TypeAlias = Callable[[Machine, Callable[[], Any]], Any]


class Place:
    """The place below a row, to a view what the output of a cell is: a widget, then its text."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.shown: dict[str, str] = {}

    def display(self, value: Any, *, raw: bool = False) -> None:
        """Show a widget; or a MIME bundle, which is `raw`."""
        self.shown = {"text": value["text/plain"]} if raw else {"model": value.model_id}

    update = display


class Consoles:
    """Which rows have a console below them. For the event loop only."""

    def __init__(self, show: ShowConsole) -> None:
        """`show(machine, output)` returns a live view of a console."""
        self._show = show
        self._open: dict[str, Place] = {}

    def toggle(self, key: str, machine: Machine) -> None:
        """Open the console below a row, or close it."""
        if self.of(key, machine):
            del self._open[key]
            return
        self._open_for(key, machine)

    def _open_for(self, key: str, machine: Machine) -> Place:
        place = self._open[key] = Place(machine)
        self._show(machine, lambda: place)._ipython_display_()
        return place

    def keep(self, rows: Collection[str]) -> None:
        """Close those of rows that are gone: an open console keeps its machine's megabyte."""
        for key in self._open.keys() - set(rows):
            del self._open[key]

    def of(self, key: str, machine: Machine) -> dict[str, str]:
        """Return what to show below a row: the "model" of a widget, a "text", or nothing.

        A machine that was booted in the place of another has that one's console open.
        """
        place = self._open.get(key)
        if place and place.machine is not machine:
            place = self._open_for(key, machine)
        return place.shown if place else {}
