"""A learning Ethernet switch: what several guests of a process share. It runs on the event loop.

It learns from sources and forwards by destinations, as IEEE 802.1D bridges do, without a spanning
tree: the switches of a segment are fully meshed by trunks, and a frame that came by one trunk
leaves by none, so it crosses at most one and there is no loop to break.

Frames are a stranger's. What they can make it keep is bounded (TABLE_LIMIT addresses; when they
are all taken, all are forgotten and learnt anew, which floods but never misdirects), and so is
how long one port can keep the loop from the others (BURST).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable

from .capture import Capture
from .socket_pair import BUFFER_BYTES
from .traffic import Traffic

HEADER_BYTES = 14
FRAME_LIMIT = 68 << 10  # bytes; the longest that QEMU sends and takes
BURST = 64  # frames read from a port before the others have their turn
ADDRESS_BYTES = 6
GROUP_BIT = 1
TABLE_LIMIT = 4096  # addresses remembered


class Port(ABC):
    """Where frames enter and leave a switch, through a descriptor that does not wait.

    A trunk leads to a switch of another process. Every switch of a segment has a trunk to every
    other, so what came by one trunk goes out by none. A `capture` gets every frame that passes.
    """

    def __init__(
        self, descriptor: int, *, trunk: bool = False, capture: Capture | None = None
    ) -> None:
        self.descriptor = descriptor
        self.trunk = trunk
        self.dropped = 0  # frames that found no room
        self._entered_bytes = 0
        self._left_bytes = 0
        self._capture = capture

    @abstractmethod
    def receive_into(self, buffer: bytearray) -> int | None:
        """Take the next frame and return its size, which may be more than fits; None at the end.

        Raises BlockingIOError when none is there.
        """

    @abstractmethod
    def _transmit(self, frame: memoryview) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Let go of the descriptor."""

    def send(self, frame: memoryview) -> None:
        """Hand a frame over, or drop it when the other end does not keep up or is gone.

        Nothing waits: one guest that does not read must not stop the frames of all others.
        """
        try:
            self._transmit(frame)
        except OSError:
            self.dropped += 1
        else:
            self._left_bytes += len(frame)
            self._record(frame)

    def take(self, frame: memoryview) -> None:
        """Count a frame that has entered."""
        self._entered_bytes += len(frame)
        self._record(frame)

    def _record(self, frame: memoryview) -> None:
        """Write a frame down where that is asked for."""
        if self._capture:
            self._capture.frame(frame)

    def record_to(self, capture: Capture | None) -> None:
        """Write every frame that passes from now on down there; or none."""
        self._capture = capture

    def traffic(self) -> Traffic:
        """Return how much the guest at the other end has received and sent."""
        return Traffic(self._left_bytes, self._entered_bytes)


class SocketPort(Port):
    """A socket on which a frame is a datagram.

    An empty one on a trunk is its end, since switches send none; from a guest it is a frame like
    any other that is too short.
    """

    def __init__(
        self, end: socket.socket, *, trunk: bool = False, capture: Capture | None = None
    ) -> None:
        super().__init__(end.fileno(), trunk=trunk, capture=capture)
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self._end = end

    def receive_into(self, buffer: bytearray) -> int | None:
        """Take the next datagram."""
        try:  # MSG_TRUNC: the size is the frame's, also where it does not fit (recv(2))
            size = self._end.recv_into(buffer, 0, socket.MSG_TRUNC)
        except ConnectionError:
            return None
        return None if self.trunk and not size else size

    def _transmit(self, frame: memoryview) -> None:
        self._end.send(frame)

    def close(self) -> None:
        """Close the socket."""
        self._end.close()


class Switch:
    """Sends each frame to the port its destination was last seen at, or to all."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ports: dict[Port, Callable[[], None]] = {}
        self._port_by_mac: dict[bytes, Port] = {}
        self._buffer = bytearray(FRAME_LIMIT)

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports there are."""
        return tuple(self._ports)

    def add(self, port: Port, ended: Callable[[], None] = lambda: None) -> None:
        """Let a port take part; `ended` is called when its other end is closed."""
        self._ports[port] = ended
        self._loop.add_reader(port.descriptor, self.drain, port)

    def remove(self, port: Port) -> None:
        """Take a port away and close it; no error if that was done."""
        if self._ports.pop(port, None) is None:
            return
        self._loop.remove_reader(port.descriptor)
        port.close()
        self._port_by_mac = {mac: at for mac, at in self._port_by_mac.items() if at is not port}

    def drain(self, port: Port) -> None:
        """Pass on what a port has to give, a burst at most; nothing once it is away."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(BURST):
                size = port.receive_into(self._buffer) if port in self._ports else None
                if size is None:
                    self._on_end(port)
                    return
                if HEADER_BYTES <= size <= FRAME_LIMIT:
                    self._pass(memoryview(self._buffer)[:size], port)

    def _on_end(self, port: Port) -> None:
        ended = self._ports.get(port)
        self.remove(port)
        if ended:
            ended()

    def _pass(self, frame: memoryview, origin: Port) -> None:
        origin.take(frame)
        destination = bytes(frame[:ADDRESS_BYTES])
        source = bytes(frame[ADDRESS_BYTES : 2 * ADDRESS_BYTES])
        # A group address as source is a forgery: learnt, it would draw broadcasts to one port.
        if not source[0] & GROUP_BIT and self._port_by_mac.get(source) is not origin:
            if len(self._port_by_mac) >= TABLE_LIMIT:
                self._port_by_mac.clear()
            self._port_by_mac[source] = origin
        known = self._port_by_mac.get(destination)
        for port in (known,) if known else self._ports:
            if port is not origin and not (port.trunk and origin.trunk):
                port.send(frame)
