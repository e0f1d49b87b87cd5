"""A learning Ethernet switch. It runs on the engine; ports are sockets, one frame a datagram."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from .line import BUFFER_BYTES

HEADER_BYTES = 14
FRAME_LIMIT = 68 << 10  # bytes; the longest that QEMU sends and takes
BURST = 64  # frames read from a port before the others have their turn
ADDRESS_BYTES = 6
GROUP_BIT = 1
TABLE_LIMIT = 4096  # addresses remembered


class Port:
    """Where frames enter and leave a switch.

    A trunk leads to a switch of another process. Every switch of a segment has a trunk to every
    other, so what came by one trunk goes out by none. An empty frame on a trunk is its end, since
    switches send none; from a guest it is a frame like any other that is too short.
    """

    def __init__(self, end: socket.socket, *, trunk: bool = False) -> None:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self.end = end
        self.trunk = trunk
        self.dropped = 0  # frames that found no room

    def send(self, frame: memoryview) -> None:
        """Hand a frame over, or drop it when the other end does not keep up or is gone."""
        try:
            self.end.send(frame)
        except OSError:
            self.dropped += 1


class Switch:
    """Sends each frame to the port its destination was last seen at, or to all."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ports: dict[Port, Callable[[], None]] = {}
        self._place: dict[bytes, Port] = {}  # by MAC address
        self._buffer = bytearray(FRAME_LIMIT)

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports there are."""
        return tuple(self._ports)

    def add(self, port: Port, ended: Callable[[], None] = lambda: None) -> None:
        """Let a port take part; `ended` is called when its other end hangs up."""
        self._ports[port] = ended
        self._loop.add_reader(port.end, self._read, port)

    def remove(self, port: Port) -> None:
        """Take a port away and close it; no error if that was done."""
        if self._ports.pop(port, None) is None:
            return
        self._loop.remove_reader(port.end)
        port.end.close()
        self._place = {mac: place for mac, place in self._place.items() if place is not port}

    def _read(self, port: Port) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(BURST):
                try:  # MSG_TRUNC: the size is the frame's, also where it does not fit
                    size = port.end.recv_into(self._buffer, 0, socket.MSG_TRUNC)
                except ConnectionError:
                    size = -1
                if size < 0 or (port.trunk and not size):
                    self._hung_up(port)
                    return
                if HEADER_BYTES <= size <= FRAME_LIMIT:
                    self._pass(memoryview(self._buffer)[:size], port)

    def _hung_up(self, port: Port) -> None:
        ended = self._ports.get(port)
        self.remove(port)
        if ended:
            ended()

    def _pass(self, frame: memoryview, origin: Port) -> None:
        destination = bytes(frame[:ADDRESS_BYTES])
        source = bytes(frame[ADDRESS_BYTES : 2 * ADDRESS_BYTES])
        if not source[0] & GROUP_BIT and self._place.get(source) is not origin:
            if len(self._place) >= TABLE_LIMIT:
                self._place.clear()
            self._place[source] = origin
        known = self._place.get(destination)
        for port in (known,) if known else self._ports:
            if port is not origin and not (port.trunk and origin.trunk):
                port.send(frame)
