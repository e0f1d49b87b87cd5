"""Plug: one device's end of a network."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from unikernel.network import Network


class Plug:
    """What QEMU must know and inherit, and how to let go of it.

    `network` is what was asked for with every choice made; `back_end` the value of -netdev without
    its id; `descriptor` what QEMU inherits for it, if anything.
    """

    def __init__(
        self,
        network: Network,
        back_end: str,
        descriptor: int | None = None,
        unplug: Callable[[], None] = lambda: None,
    ) -> None:
        self.network = network
        self.back_end = back_end
        self._descriptor = descriptor
        self._doors = contextlib.ExitStack()
        self._doors.callback(unplug)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What QEMU inherits."""
        return () if self._descriptor is None else (self._descriptor,)

    def hand_over(self) -> None:
        """QEMU has its descriptor: close ours, so that its end is the end."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def close(self) -> None:
        """Let go of the network; no error if that was done."""
        self.hand_over()
        self._doors.close()
