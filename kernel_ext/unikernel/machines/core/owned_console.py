"""The console of a machine that this process runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from unikernel.errors import WrongState
from unikernel.guest.console import Console
from unikernel.guest.transcript import LIMIT
from unikernel.host.channel import Line
from unikernel.host.console_log import ConsoleLog

DEAF_S = 1.0  # after which a guest that gave no sign of life is typed at all the same


class OwnedConsole(Console):
    """A console at the other end of a channel, kept in files: more of it than in memory."""

    def __init__(self, machine_name: str) -> None:
        super().__init__(machine_name)
        self._channel: Line | None = None
        self._log: ConsoleLog | None = None
        self._awake = asyncio.Event()

    def attach(self, channel: Line, log_path: Path) -> None:
        """Say where the guest is, and where to keep what it says, from now on."""
        self._close_log()
        self._channel = channel
        self._log = ConsoleLog(log_path)

    def feed(self, data: bytes) -> None:
        """Take bytes from the guest."""
        self.wake()
        super().feed(data)
        if self._log:
            self._log.add(data)

    def kept(self) -> Iterator[bytes]:
        """Yield what is kept of what the console showed, in chunks, from the files."""
        return iter(self._log) if self._log else super().kept()

    def shorten(self) -> None:
        """Keep little: of a machine that has ended and that nobody asks about."""
        super().shorten()
        self._close_log()

    def hold(self, *, held: bool) -> bool:
        """Leave what the guest says in the channel until it may go on; once full, it waits."""
        if self._channel:
            self._channel.hold(held=held)
        return self._channel is not None

    def close(self, why: str) -> None:
        """Say that nothing more will come."""
        super().close(why)
        self._awake.set()
        if self.size <= LIMIT:  # memory has all of it
            self._close_log()

    def _close_log(self) -> None:
        if self._log:
            self._log.close()
            self._log = None

    def wake(self) -> None:
        """Say that the guest's serial port is up."""
        self._awake.set()

    def restart(self) -> None:
        """Begin anew after a reset."""
        super().restart()
        self._awake.clear()

    async def send(self, data: bytes) -> None:
        """Hand `data` to the guest, once its serial port is up: bytes that come before are lost.

        Raises WrongState when it is gone.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), DEAF_S)
        gone = f"{self._machine_name!r} cannot be typed at: it {self._closed or 'has not started'}."
        if self._channel is None or self._closed:
            raise WrongState(gone)
        try:
            await self._channel.send(data)
        except OSError as problem:
            raise WrongState(gone) from problem
