"""A live console: a terminal in the page, typed into."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from unikernel.errors import UnikernelError
from unikernel.host import event_loop
from unikernel.host.throttle import RATE, Throttle
from unikernel.render.console_stream import ConsoleStream
from unikernel.render.live_console import Screen
from unikernel_toolchain.messages.visible import visible

from . import libraries
from .machine_widget import MachineWidget

if TYPE_CHECKING:
    from unikernel.machines import Machine

FOLDER = Path(__file__).parent
PARTS = ("library.js", "console_screen.js", "console_typing.js", "console.js")
CODE = "".join((FOLDER / name).read_text("utf-8") for name in PARTS)
LIBRARIES = ("xterm", "addon-fit", "addon-search")
MOST_TYPED = 1 << 16  # characters at once: a guest takes them in slowly
HUNG_S = 1.0  # between pieces for a page that does not say what it has seen


class ConsoleView(MachineWidget):
    """Shows a machine's console in a terminal in every view of it.

    What is new goes out as a message to all of them, piece by piece (ConsoleStream). A view that
    opens asks for the end of what was sent; until that comes, since a kernel that runs a cell
    answers later, it shows `start`: what the console showed when the widget was made.
    """

    _esm = traitlets.Unicode(CODE).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    logs = traitlets.Unicode().tag(sync=True)  # the command that shows what a page does not get
    alive = traitlets.Bool(default_value=True).tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    _pushed = False  # whether this kernel has sent its page the libraries unasked

    def __init__(self, machine: Machine) -> None:
        self._stream = ConsoleStream(machine.console)
        super().__init__(
            name=machine.name,
            logs=f"%unikernel logs {shlex.quote(machine.name)}",
            alive=machine.exit is None,
            start=self._stream.start.message(),
        )
        self._machine = machine
        self._throttle = Throttle(self._send_news)
        self.on_msg(self._take)
        self._push_libraries()
        machine.console.subscribe(self._throttle.notice, replay=True)
        machine.console.subscribe_notes(self._send_note)
        machine.on_change(self._throttle.notice)

    def _push_libraries(self) -> None:
        """Send what the page needs before it asks: it may ask while a cell runs."""
        if not ConsoleView._pushed:
            ConsoleView._pushed = True
            for name in LIBRARIES:
                self.send(*libraries.message(name))

    def _send_news(self) -> int:
        self.alive = self._machine.exit is None
        found = self._stream.next()
        if found is None:
            return 0
        piece, sent = found
        self.send(piece.message() | {"sent": sent})
        return int(RATE * HUNG_S) if self._stream.hung else len(piece.text)

    def _send_note(self, text: str) -> None:
        """Send what happened to the guest, behind all that it had said by then."""
        self._send_news()
        self.send({"kind": "note", "text": visible(text)})

    def _take(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        match message:
            case {"kind": "opened", "view": str(view)}:
                event_loop.post(self._send_tail(view))
            case {"kind": "seen", "sent": int(sent)}:
                event_loop.post(self._take_seen(sent))
            case {"kind": "typed", "text": str(text)}:
                event_loop.post(self._type(text))

    async def _send_tail(self, view: str) -> None:
        self.send(self._stream.tail().message() | {"view": view})

    async def _take_seen(self, sent: int) -> None:
        self._stream.seen(sent)

    async def _type(self, text: str) -> None:
        try:
            if len(text) > MOST_TYPED:
                raise UnikernelError(f"No more than {MOST_TYPED:,} characters are typed at once.")
            await self._machine.console.write_async(text)
        except UnikernelError as error:
            self.send({"kind": "problem", "text": str(error)})

    def close(self) -> None:
        """Follow the machine no longer, and tell the page."""
        self._machine.console.unsubscribe(self._throttle.notice)
        self._machine.console.unsubscribe_notes(self._send_note)
        self._machine.off_change(self._throttle.notice)
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | Screen.of(self._machine).bundle(), metadata
