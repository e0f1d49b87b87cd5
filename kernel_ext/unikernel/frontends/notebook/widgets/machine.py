"""A machine's state, with buttons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from unikernel.errors import UnikernelError
from unikernel.host import event_loop
from unikernel.host.throttle import Throttle
from unikernel.model.state import State
from unikernel.render import display
from unikernel_toolchain.messages.visible import visible_lines

from .machine_widget import MachineWidget

if TYPE_CHECKING:
    from unikernel.machines import Machine

ACTIONS = {  # what each state allows
    State.STARTING: ("stop",),
    State.RUNNING: ("pause", "reset", "stop"),
    State.PAUSED: ("resume", "reset", "stop"),
    State.PANICKED: ("reset", "stop"),
    State.EXITED: (),
}

CODE = Path(__file__).with_name("machine.js").read_text(encoding="utf-8")


class MachineView(MachineWidget):
    """Shows what a machine does and lets one stop, pause, resume and reset it.

    A button's message may arrive on any thread; it is only handed to the event loop.
    """

    _esm = traitlets.Unicode(CODE).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode().tag(sync=True)
    actions = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, machine: Machine) -> None:
        super().__init__(name=machine.name)
        self._machine = machine
        self._throttle = Throttle(self._refresh)
        self._refresh()
        self.on_msg(self._take)
        machine.on_change(self._throttle.notice)

    def _refresh(self) -> int:
        self.state = visible_lines(display.state_text(self._machine))
        self.actions = self._allowed()
        return len(self.state)

    def close(self) -> None:
        """Follow the machine no longer, and tell the page."""
        self._machine.off_change(self._throttle.notice)
        super().close()

    def _allowed(self) -> list[str]:
        able = self._machine.can_reset
        return [action for action in ACTIONS[self._machine.state] if able or action != "reset"]

    def _take(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        if message.get("action") in self._allowed():
            event_loop.post(self._do(message["action"]))

    async def _do(self, action: str) -> None:
        try:
            await getattr(self._machine, f"{action}_async")()
        except UnikernelError as error:
            self.send({"problem": str(error)})

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | display.machine_bundle(self._machine), metadata
