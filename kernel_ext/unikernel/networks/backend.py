"""Plug: one device's end of a network."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Literal

from unikernel.model.network import Network

Frames = Literal["raw", "stream", "tap"]


class Plug:
    """What a machine must know and inherit, and how to let go of it.

    `network` is what was asked for with every choice made; `back_end` the value of -netdev without
    its id; `descriptor` what the machine inherits for it, if anything. Through it frames come bare
    ("raw"), in a stream of bytes, each behind its length ("stream"), or behind a virtio-net header
    that speaks of offloads ("tap").
    """

    def __init__(
        self,
        network: Network,
        back_end: str,
        descriptor: int | None = None,
        *,
        frames: Frames = "raw",
        unplug: Callable[[], None] = lambda: None,
    ) -> None:
        self.network = network
        self.back_end = back_end
        self._descriptor = descriptor
        self._frames = frames
        self._doors = contextlib.ExitStack()
        self._doors.callback(unplug)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the machine inherits."""
        return () if self._descriptor is None else (self._descriptor,)

    def attachment(self) -> str:
        """Return what a process must know: how frames come, and through which descriptor."""
        return f"{self._frames}:{self._descriptor}"

    def hand_over(self) -> None:
        """Close our copy of what the machine has inherited, so that its end is the end."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def close(self) -> None:
        """Let go of the network; no error if that was done."""
        self.hand_over()
        self._doors.close()
