"""A tap behind a line, so that this process carries the frames, and can write them down."""

from __future__ import annotations

import contextlib
import os

from .backend import Backend
from .capture import Capture
from .socket_pair import line
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

    def _hand_over(self, frame: memoryview) -> None:
        os.write(self.descriptor, frame)

    def close(self) -> None:
        """Leave the interface to its plug."""


def recorded(interface: Backend, capture: Capture) -> Backend:
    """Return a plug that leads to a tap through this process, which writes frames down.

    Runs on the event loop. The tap's backend goes with it.
    """
    with contextlib.ExitStack() as doors:
        doors.callback(interface.close)
        ours, theirs = line()
        doors.callback(theirs.close)
        switch = Switch()
        guest = SocketPort(ours, capture=capture)
        (descriptor,) = interface.descriptors
        switch.add(guest)
        switch.add(TapPort(descriptor))
        doors.pop_all()
    descriptor = theirs.detach()

    def unplug() -> None:
        switch.drain(guest)
        for port in switch.ports:
            switch.remove(port)
        interface.close()

    return Backend(interface.network, "socket", descriptor, on_close=unplug)
