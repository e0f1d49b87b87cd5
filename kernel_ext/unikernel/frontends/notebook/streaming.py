"""Streaming: a machine's console printed as it comes, where nothing can be redrawn."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from unikernel.frontends.terminal.foreground import Queue
from unikernel.model.state import State
from unikernel.render.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from unikernel.machines import Machine

TICK_S = 0.1


class Stream:
    """Prints what a machine of this process writes, from its first byte on, when asked to."""

    def __init__(self, *, raw: bool) -> None:
        """`raw` prints what a terminal would act on, too."""
        self._raw = raw
        self._output = TerminalOutput()
        self._queue: Queue | None = None
        self._line_ended = True

    def attach(self, machine: Machine) -> None:
        """Receive from the machine. Called on the loop's thread."""
        self._queue = Queue(machine)

    def follow(self, machine: Machine, for_s: float) -> None:
        """Print what is written until the machine ends or `for_s` have passed."""
        assert self._queue
        deadline_s = time.monotonic() + for_s
        while machine.state is not State.EXITED and (left_s := deadline_s - time.monotonic()) > 0:
            self._print(self._queue.take(min(TICK_S, left_s)))

    def close(self) -> None:
        """Print what has been written, end the line, and listen no longer."""
        if self._queue:
            self._print(self._queue.take(0.0))
            self._queue.close()
            self._write(self._output.finish())
            self._write("" if self._line_ended else "\n")

    def _print(self, data: bytes) -> None:
        self._write(data.decode("utf-8", "replace") if self._raw else self._output.pass_on(data))

    def _write(self, text: str) -> None:
        if text:
            self._line_ended = text.endswith("\n")
            sys.stdout.write(text)
            sys.stdout.flush()
