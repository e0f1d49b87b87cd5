"""How far the boot of a machine of ours has come, and who waits for that.

Two streams tell of it: the console, and the trace, which comes a little after the line that it
speaks of. What wakes a wait may be either of them, a change of state, or time alone: a guest is
settled when it has had a moment to speak, and a line counts without a trace when none came.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Literal

from unikernel.guest.boot_trace import GRACE_S, BootTrace, Join
from unikernel.guest.timeline import BootTimeline
from unikernel.model.state import State

from .lifecycle import Lifecycle
from .owned_console import OwnedConsole

if TYPE_CHECKING:
    from .machine import Machine

WaitPoint = Literal["running", "ready", "line", "exit"]

SETTLE_S = 0.3  # in which a guest that has started and waits says its first line, if it does


class BootProgress:
    """What a guest has said and traced since it was started. Runs on the event loop."""

    def __init__(
        self, console: OwnedConsole, lifecycle: Lifecycle, join: Join, *, paused: bool
    ) -> None:
        """`join` makes a timeline of host times and stamps; `paused`: it is yet to be let go."""
        self.trace = BootTrace(join)
        self.waits_to_run = paused
        self._console = console
        self._lifecycle = lifecycle
        self._changed = asyncio.Event()  # set at whatever may end a wait
        lifecycle.on_change(self._note_change)

    @property
    def timeline(self) -> BootTimeline | None:
        """The phases of the boot; None until its first console line is out and traced."""
        ended = self._lifecycle.exit is not None
        return self.trace.timeline(self._console.first_line_ns, ended=ended)

    @property
    def has_output(self) -> bool:
        """Whether the guest has given a sign of life."""
        return bool(self._console.text) or self.trace.has_data

    def begin_run(self) -> None:
        """Count the boot's time from now, when a guest that was started paused is let go."""
        if self.waits_to_run and self._lifecycle.state is State.PAUSED:
            self.waits_to_run = False
            if self._console.first_line_ns is None:
                self.trace.count_from_now()

    def begin_anew(self) -> None:
        """Take note that the guest was reset: what it says from now on is another boot's."""
        self.trace.begin(restarted=True)
        self._console.restart()

    def feed_console(self, data: bytes) -> None:
        """Take what the guest says."""
        had_line = self._console.first_line_ns is not None
        self._console.feed(data)
        if self._console.first_line_ns and not had_line:
            asyncio.get_running_loop().call_later(GRACE_S, self._changed.set)
        self._changed.set()

    def feed_trace(self, data: bytes) -> None:
        """Take what the guest traces."""
        self._console.wake()
        waited = self.trace.waits_since_s
        self.trace.feed(data)
        if self.trace.waits_since_s != waited:
            asyncio.get_running_loop().call_later(SETTLE_S, self._changed.set)
        self._changed.set()

    def _note_change(self, _: Machine) -> None:
        self._changed.set()

    async def changed(self) -> None:
        """Wait until something has happened: the guest spoke, or the state changed."""
        self._changed.clear()
        await self._changed.wait()

    async def reached(self, point: WaitPoint, timeout_s: float) -> None:
        """Wait until a running machine comes to `point`, ends, is held, or `timeout_s`.

        It is "ready" when it has said its first line, or has started, waits for something, and
        goes on saying nothing.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._lifecycle.state is State.RUNNING and not self._is_at(point):
                    await self.changed()

    def _is_at(self, point: WaitPoint) -> bool:
        if point == "line" or (point == "ready" and not self._waits_in_silence()):
            return self.timeline is not None
        return point != "exit"

    def _waits_in_silence(self) -> bool:
        """Whether a guest that has started and waits has had the time to say something."""
        since_s = self.trace.waits_since_s
        return since_s is not None and time.monotonic() >= since_s + SETTLE_S
