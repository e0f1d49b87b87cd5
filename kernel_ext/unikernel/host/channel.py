"""A pair of connected sockets between the event loop and a guest's process.

The process inherits its end as a descriptor: nothing to listen on, no path, no race; when it ends,
our end says so. What it wrote before it ended is still in the socket then, so `finish` reads until
there is no more: the last lines of a guest that crashed are the ones that matter.

A guest that writes line by line, and many of them, has its lines gathered for two milliseconds: to
take each by itself would cost a quarter of a processor for 100,000 a second, and hold up all other
threads of a notebook's kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable

_CHUNK = 1 << 16
_BURST = 32  # reads within WINDOW_S, after which what arrives is gathered,
_CALM = 4  # and in the next windows, until there are no more than these
_WINDOW_S = 0.02
_BUFFER_BYTES = 1 << 20  # of lines that wait; the kernel counts 800 and more for each
_GATHER_S = 0.002


class Line(ABC):
    """The way to a guest's console, whatever carries it."""

    @abstractmethod
    def hold(self, *, held: bool) -> None:
        """Leave what arrives unread, so that whoever writes it must wait; or go on reading."""

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Send all of `data`; waits while nobody takes any. OSError when nobody is there."""


class Channel(Line):
    """Our end of the pair, read as soon as something arrives."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        """`receive(data)` is called on the loop's thread for every piece that arrives."""
        self._receive_bytes = receive
        self.received_bytes = 0
        self.sent_bytes = 0
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self._loop = asyncio.get_running_loop()
        self._reads = 0  # in this window
        self._window_end_s = 0.0
        self._bursting = False
        self._gathering: asyncio.TimerHandle | None = None
        self._held = False

    @property
    def their_fd(self) -> int:
        """The descriptor that the process inherits."""
        return self._theirs.fileno()

    def begin(self) -> None:
        """Let go of their end, which the process has by now, and listen."""
        self._theirs.close()
        self._loop.add_reader(self._ours, self._read)

    def hold(self, *, held: bool) -> None:
        """Leave what arrives unread, so that whoever writes it must wait; or go on reading."""
        if self._ours.fileno() < 0 or self._theirs.fileno() >= 0:
            return
        self._held = held
        if held:
            self._loop.remove_reader(self._ours)
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._gathering = None
        if not self._held and self._ours.fileno() >= 0:
            self._loop.add_reader(self._ours, self._read)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not self._take():
                self._loop.remove_reader(self._ours)
            elif self._is_burst():
                self._loop.remove_reader(self._ours)
                self._gathering = self._loop.call_later(_GATHER_S, self._go_on)

    def _is_burst(self) -> bool:
        now_s = self._loop.time()
        if now_s > self._window_end_s:
            self._bursting = self._bursting and self._reads > _CALM
            self._window_end_s, self._reads = now_s + _WINDOW_S, 0
        self._reads += 1
        self._bursting = self._bursting or self._reads > _BURST
        return self._bursting

    def _take(self) -> bool:
        """Pass on what has arrived; False at the end. BlockingIOError when nothing has."""
        try:
            data = self._ours.recv(_CHUNK)
        except ConnectionError:
            return False
        if data:
            self.received_bytes += len(data)
            self._receive_bytes(data)
        return bool(data)

    def take_arrived(self) -> None:
        """Take in at once what has arrived, unless what arrives is to be left unread."""
        if self._held or self._ours.fileno() < 0:
            return
        enough = self.received_bytes + 2 * _BUFFER_BYTES  # more was not there when we began
        with contextlib.suppress(BlockingIOError):
            while self.received_bytes < enough and self._take():
                pass

    async def send(self, data: bytes) -> None:
        """Send all of `data`; waits while nobody takes any. OSError when nobody is there."""
        await self._loop.sock_sendall(self._ours, data)
        self.sent_bytes += len(data)

    def finish(self) -> None:
        """Take in what a process that has ended wrote last, and close both ends."""
        if self._ours.fileno() < 0:
            return
        if self._gathering:
            self._gathering.cancel()
        self._loop.remove_reader(self._ours)
        self._theirs.close()
        with contextlib.suppress(BlockingIOError):
            while self._take():
                pass
        self._ours.close()
