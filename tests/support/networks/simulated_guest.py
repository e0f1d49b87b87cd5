"""A guest on a network, played by a socket of this process."""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any, Self, TypeVar

import pytest

from unikernel import networks
from unikernel.host import event_loop
from unikernel.model.network import Network
from unikernel.networks import tap as taps
from unikernel.networks.backend import Backend

PATIENCE_S = 20
A, B, C = (b"\x02" + bytes([n] * 5) for n in (1, 2, 3))
ALL = b"\xff" * 6
T = TypeVar("T")


needs_taps = pytest.mark.skipif(bool(taps.why_not()), reason=taps.why_not() or "taps can be made")


def frame(to: bytes, sender: bytes, text: bytes = b"hello") -> bytes:
    return to + sender + b"\x88\xb5" + text


class Guest:
    """A network device in the place of QEMU: frames through the descriptor of a backend."""

    def __init__(self, network: Network) -> None:
        self.backend = event_loop.call(opened(network))
        self.end = socket.socket(fileno=os.dup(self.backend.descriptors[0]))
        self.end.settimeout(PATIENCE_S)
        event_loop.call(run(self.backend.close_inherited))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        event_loop.call(run(self.backend.close))
        self.end.close()

    def send(self, to: bytes, sender: bytes, text: bytes = b"hello") -> None:
        self.end.send(frame(to, sender, text))

    def receive(self) -> bytes:
        return self.end.recv(1 << 17)

    def receives_nothing(self) -> bool:
        event_loop.call(asyncio.sleep(0))  # what was sent before has been passed on by then
        self.end.setblocking(False)
        try:
            return self.end.recv(1 << 17) == b""
        except BlockingIOError:
            return True
        finally:
            self.end.settimeout(PATIENCE_S)


async def opened(network: Network, **choices: Any) -> Backend:
    return networks.open_backend(network, **choices)


async def run(function: Callable[[], T]) -> T:
    return function()
