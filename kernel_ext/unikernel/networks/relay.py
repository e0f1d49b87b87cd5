"""A tap behind a socket pair: this process carries the frames, and can write them down."""

from __future__ import annotations

import contextlib
import os

from .backend import Backend
from .capture import Capture
from .socket_pair import datagram_pair
from .switch import Port, SocketPort, Switch


class TapPort(Port):
    """The interface: one frame a read or write."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)

    def receive_into(self, buffer: bytearray) -> int | None:
        """Read a frame."""
        try:
            return os.readv(self.descriptor, [buffer])
        except BlockingIOError:
            raise
        except OSError:  # the interface is gone
            return None

    def _transmit(self, frame: memoryview) -> None:
        os.write(self.descriptor, frame)

    def close(self) -> None:
        """Leave the interface to its backend."""


def recorded(interface: Backend, capture: Capture) -> Backend:
    """Return a backend that leads to a tap through this process, which writes frames down.

    Runs on the event loop. The tap's backend goes with it.
    """
    with contextlib.ExitStack() as exit_stack:
        exit_stack.callback(interface.close)
        ours, theirs = datagram_pair()
        exit_stack.callback(theirs.close)
        switch = Switch()
        guest = SocketPort(ours, capture=capture)
        (descriptor,) = interface.descriptors
        switch.add(guest)
        switch.add(TapPort(descriptor))
        exit_stack.pop_all()
    descriptor = theirs.detach()

    def close() -> None:
        switch.drain(guest)
        for port in switch.ports:
            switch.remove(port)
        interface.close()

    return Backend(
        *(interface.network, "socket", descriptor),
        traffic=interface.traffic,
        record=guest.record_to,
        on_close=close,
    )
