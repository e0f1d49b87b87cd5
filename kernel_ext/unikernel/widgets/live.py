"""Live views: widgets that end with their machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from unikernel.machines import Machine


class LiveView:
    """A view of a machine: a widget while it runs, text and HTML once it has ended.

    A widget that nobody closes stays in the kernel and in the page for good; what took its place
    needs neither, and is saved with the notebook. `output()` makes a new output of the cell, which
    has `display` and `update`; `still(machine)` is a MIME bundle.
    """

    def __init__(
        self,
        machine: Machine,
        widget: Callable[[Machine], Any],
        still: Callable[[Machine], dict[str, str]],
        output: Callable[[], Any],
    ) -> None:
        self._machine = machine
        self._widget = widget
        self._still = still
        self._new_output = output

    def __repr__(self) -> str:
        return self._still(self._machine)["text/plain"]

    def _ipython_display_(self) -> None:
        output = self._new_output()
        if self._machine.exit:
            output.display(self._still(self._machine), raw=True)
            return
        widget = self._widget(self._machine)
        output.display(widget)

        def settle(machine: Machine) -> None:
            if machine.exit:
                machine.off_change(settle)
                output.update(self._still(machine), raw=True)
                widget.close()

        self._machine.on_change(settle)
        settle(self._machine)  # it may have ended meanwhile
