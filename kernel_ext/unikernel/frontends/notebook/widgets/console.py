"""A live console: the tail of it as it changes, a line to type into."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from unikernel.errors import UnikernelError
from unikernel.host import event_loop
from unikernel.render.live_console import Follower, Screen, tail

from .machine_widget import MachineWidget

if TYPE_CHECKING:
    from unikernel.machines import Machine

CODE = Path(__file__).with_name("console.js").read_text(encoding="utf-8")


class ConsoleView(MachineWidget):
    """Shows a machine's console in every view of it: the tail that a booting cell shows, too.

    What changes goes out as a message rather than as state: how many lines stay, and those that
    follow. A view that opens asks for all of them.
    """

    _esm = traitlets.Unicode(CODE).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    alive = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, machine: Machine) -> None:
        super().__init__(name=machine.name, alive=machine.exit is None)
        self._machine = machine
        self._shown = tail(machine.console).split("\n")
        self.on_msg(self._take)
        self._follower = Follower(machine, self._draw)

    def _draw(self, screen: Screen) -> int:
        before, self._shown = self._shown, screen.text.split("\n")
        pairs = zip(before, self._shown, strict=False)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self._send_lines(kept)
        self.alive = self._machine.exit is None
        return sum(map(len, self._shown[kept:]))

    def _send_lines(self, kept: int) -> None:
        self.send({"kind": "lines", "kept": kept, "lines": self._shown[kept:]})

    def _take(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        match message:
            case {"kind": "opened"}:
                event_loop.post(self._send_all())
            case {"kind": "typed", "text": str(text)}:
                event_loop.post(self._type(text))

    async def _send_all(self) -> None:
        self._send_lines(0)

    async def _type(self, text: str) -> None:
        try:
            await self._machine.console.write_async(text)
        except UnikernelError as error:
            self.send({"kind": "problem", "text": str(error)})

    def close(self) -> None:
        """Follow the machine no longer, and tell the page."""
        self._follower.close()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | Screen.of(self._machine).bundle(), metadata
