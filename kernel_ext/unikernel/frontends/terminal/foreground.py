"""Foreground: a machine's console on this process's stdin and stdout.

Everything the guest writes is passed on, the bytes themselves to a file or a pipe. When they are
not taken as fast as it talks, it has to wait: the event loop only queues them and this thread
writes them, so that a slow reader holds up the guest and nothing else.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

from unikernel.host import event_loop
from unikernel.model.state import State
from unikernel.render.terminal_output import TerminalOutput

from . import keyboard, standard_streams

if TYPE_CHECKING:
    from unikernel.machines import Machine
    from unikernel.model.state import Exit

QUEUE_BYTES = 1 << 20  # read and not yet written, before the guest is held
TICK_S = 0.1  # in which the end of the machine, or of the reader, is noticed


class Queue:
    """Bytes between the loop's thread and the one that writes them."""

    def __init__(self, machine: Machine) -> None:
        """Receive all that the machine writes from now on. Called on the loop's thread."""
        self._console = machine.console
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._held = False
        self._filled = threading.Condition()
        self._console.subscribe_bytes(self._add)

    def _add(self, data: bytes) -> None:
        with self._filled:
            self._pieces.append(data)
            self._size += len(data)
            self._filled.notify()
        if self._size > QUEUE_BYTES and not self._held:
            self._held = True
            self._console.hold(held=True)

    def take(self, timeout_s: float) -> bytes:
        """Return what has been written since, waiting for it up to `timeout_s`; b"" for nothing."""
        with self._filled:
            self._filled.wait_for(lambda: self._pieces, timeout_s)
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._size = 0
        if self._held:
            event_loop.post(self._go_on())
        return data

    async def _go_on(self) -> None:
        if self._held:
            self._held = False
            self._console.hold(held=False)

    def close(self) -> None:
        """Receive no more, and let the guest go on."""
        event_loop.post(self._leave())

    async def _leave(self) -> None:
        self._console.unsubscribe_bytes(self._add)
        await self._go_on()


class Foreground:
    """Runs a machine of this process on stdin and stdout."""

    def __init__(self, *, raw: bool) -> None:
        """`raw` gives a terminal everything that the guest writes."""
        self._terminal = None if raw or not sys.stdout.isatty() else TerminalOutput()
        self._queue: Queue | None = None

    def attach(self, machine: Machine) -> None:
        """Receive from the machine from its first byte on. Called on the loop's thread."""
        self._queue = Queue(machine)

    def run(self, machine: Machine) -> Exit:
        """Pass on what is written and typed until the guest ends; return how it did.

        Raises BrokenPipeError when nobody reads stdout, and UnikernelError when it cannot be
        written. The machine then runs on.
        """
        assert self._queue
        keyboard.pass_on(machine.console)
        while machine.state is not State.EXITED:
            if data := self._queue.take(TICK_S):
                self._write(data)
            elif standard_streams.reader_is_gone():
                raise BrokenPipeError
        self._write(self._queue.take(0.0))
        if self._terminal:
            standard_streams.write_text(self._terminal.finish())
        return machine.wait()

    def _write(self, data: bytes) -> None:
        if self._terminal:
            standard_streams.write_text(self._terminal.pass_on(data))
        else:
            standard_streams.write(data)
