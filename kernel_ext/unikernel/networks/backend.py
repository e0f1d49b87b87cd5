"""Backend: one device's end of a network, on the host's side (what QEMU calls a netdev)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Literal

from unikernel.model.network import Network

from .capture import Capture
from .traffic import Counters, unknown

Kind = Literal["user", "socket", "tap"]
Frames = Literal["raw", "stream", "tap"]
Record = Callable[[Capture | None], None]


class Backend:
    """What a machine must know and inherit, and how to let go of it.

    `network` is what was asked for with every choice made; `kind` what the descriptor is: a
    connected "socket", a "tap", or none, where the hypervisor's own NAT serves ("user").
    `descriptor` is what the machine inherits. Through it frames come bare ("raw"), in a stream of
    bytes, each behind its length ("stream"), or behind a virtio-net header that speaks of offloads
    ("tap"). `traffic()` is what went over it, None where nothing counts; `record(capture)` has its
    frames written down from now on, where they pass through this process. How a hypervisor gets to
    know all this is its driver's business.
    """

    def __init__(
        self,
        network: Network,
        kind: Kind,
        descriptor: int | None = None,
        *,
        frames: Frames = "raw",
        traffic: Counters = unknown,
        record: Record | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.network = network
        self.kind = kind
        self.descriptor = descriptor
        self.traffic = traffic
        self.record = record
        self._frames = frames
        self._exit_stack = contextlib.ExitStack()
        self._exit_stack.callback(on_close)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the machine inherits."""
        return () if self.descriptor is None else (self.descriptor,)

    def attachment(self) -> str:
        """Return what a process must know: how frames come, and through which descriptor."""
        return f"{self._frames}:{self.descriptor}"

    def close_inherited(self) -> None:
        """Close our copy of what the machine has inherited, so that its end is the end."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def close(self) -> None:
        """Let go of the network; no error if that was done."""
        self.close_inherited()
        self._exit_stack.close()
