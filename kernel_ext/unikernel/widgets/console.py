"""A live console: text as it comes, a line to type into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from unikernel import engine
from unikernel.errors import UnikernelError
from unikernel.following import Screen, tail
from unikernel.throttle import Throttle

if TYPE_CHECKING:
    from unikernel.machines import Machine


class ConsoleView(anywidget.AnyWidget):
    """Shows a machine's console in every view of it.

    A view that opens asks for everything and gets the tail; what the machine says afterwards goes
    out in batches, as messages rather than as state, so that nothing is ever sent twice.
    """

    _esm = Path(__file__).with_name("console.js")
    name = traitlets.Unicode().tag(sync=True)
    alive = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, machine: Machine) -> None:
        super().__init__(name=machine.name, alive=machine.exit is None)
        self._machine = machine
        self._unsent: list[str] = []
        self._throttle = Throttle(self._flush)
        self.on_msg(self._take)
        machine.console.subscribe(self._hear)
        machine.on_change(self._throttle.notice)

    def _hear(self, text: str) -> None:
        self._unsent.append(text)
        self._throttle.notice()

    def _flush(self) -> None:
        text, self._unsent = "".join(self._unsent), []
        if text:
            self.send({"kind": "more", "text": text})
        self.alive = self._machine.exit is None
        if not self.alive:
            self._machine.console.unsubscribe(self._hear)

    def _take(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        if message["kind"] == "opened":
            engine.post(self._send_all())
        elif message["kind"] == "typed":
            engine.post(self._type(message["text"]))

    async def _send_all(self) -> None:
        self._unsent.clear()  # it is in the text
        self.send({"kind": "all", "text": tail(self._machine.console.text)})

    async def _type(self, text: str) -> None:
        try:
            await self._machine.console.write_async(text)
        except UnikernelError as error:
            self.send({"kind": "problem", "text": str(error)})

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | Screen.of(self._machine).bundle(), metadata
