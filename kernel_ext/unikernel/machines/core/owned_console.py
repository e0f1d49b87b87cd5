"""The console of a machine that this process runs."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import BinaryIO

from unikernel.errors import WrongState
from unikernel.guest.console import Console
from unikernel.guest.transcript import LIMIT
from unikernel.host.channel import Line

DEAF_S = 1.0  # after which a guest that gave no sign of life is typed at all the same


class OwnedConsole(Console):
    """A console at the other end of a channel, kept in a file for other processes."""

    def __init__(self, machine_name: str) -> None:
        super().__init__(machine_name)
        self._channel: Line | None = None
        self._log: BinaryIO | None = None
        self._log_path = Path()
        self._awake = asyncio.Event()

    def attach(self, channel: Line, log_path: Path) -> None:
        """Say where the guest is, and where to keep what it says, from now on."""
        self._close_log()
        self._channel = channel
        self._log_path = log_path
        self._log = log_path.open("wb", buffering=0)

    def feed(self, data: bytes) -> None:
        """Take bytes from the guest."""
        self.wake()
        super().feed(data)
        if self._log:
            with contextlib.suppress(OSError):  # a full disk must not stop the guest
                self._keep(self._log, data)

    def _keep(self, log: BinaryIO, data: bytes) -> None:
        log.write(data)
        if log.tell() > 2 * LIMIT:
            log.seek(0)
            log.write(self.data)
            log.truncate()

    def hold(self, *, held: bool) -> bool:
        """Leave what the guest says in the channel until it may go on; once full, it waits."""
        if self._channel:
            self._channel.hold(held=held)
        return self._channel is not None

    def close(self, why: str) -> None:
        """Say that nothing more will come."""
        super().close(why)
        self._awake.set()
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
