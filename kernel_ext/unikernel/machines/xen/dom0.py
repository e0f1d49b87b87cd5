"""Dom0: where Xen is driven from, be it this host or the lab inside QEMU.

Programs are run without a shell, files put and read, and consoles of domains attached. Everything
is for the event loop only, and every wait has a limit.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RUN_TIME_S = 30.0
MOST_OUTPUT_BYTES = 4 << 20  # of one program, where its output is gathered
MOST_FILE_BYTES = 16 << 20  # of one that is read

Receive = Callable[[bytes], None]


@dataclass(frozen=True)
class Done:
    """A program that has ended: what it returned, or minus the signal that killed it.

    `began_ns` and `ended_ns` are of dom0's CLOCK_MONOTONIC.
    """

    status: int
    output: bytes
    errors: bytes
    began_ns: int
    ended_ns: int


class Running(ABC):
    """A program that runs in dom0; `ended` becomes what `Done.status` is.

    It becomes HypervisorLost when dom0 is gone.
    """

    ended: asyncio.Future[int]

    @abstractmethod
    def kill(self) -> None:
        """Kill it and what it has started; nothing happens when it has ended."""


class Console(ABC):
    """The console of a domain, attached: what it says goes to `receive` of `Dom0.console`.

    `ended` is done when the domain's console is gone, or dom0; nothing arrives after that.
    """

    ended: asyncio.Future[None]
    heard_ns: int = 0  # when dom0 read what arrived last, on its CLOCK_MONOTONIC

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Type `data`; waits while the domain takes none. OSError when nobody is there."""

    @abstractmethod
    def hold(self, *, held: bool) -> None:
        """Leave what the domain says in dom0, so that it must wait; or go on reading."""

    @abstractmethod
    async def close(self) -> None:
        """Detach; no error if that was done."""


class Dom0(ABC):
    """A dom0 in which programs run as root."""

    @abstractmethod
    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        timeout_s: float = RUN_TIME_S,
    ) -> Done:
        """Run a program to its end. A program that fails is no error here: look at `status`.

        Raises Dom0Refused when there is no such program, when it does not end in time (it is killed
        then), and when it says more than MOST_OUTPUT_BYTES; HypervisorLost when dom0 is gone.
        """

    @abstractmethod
    async def start(self, argv: Sequence[str], receive: Receive) -> Running:
        """Start a program; its stdout and stderr go to `receive`. Raises what `run` does."""

    @abstractmethod
    async def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file; a reader sees the old one or the new. Raises what `run` does."""

    @abstractmethod
    async def get(self, path: str) -> bytes:
        """Return a file's contents, at most MOST_FILE_BYTES. Raises what `run` does."""

    @abstractmethod
    async def console(self, domain_id: int, receive: Receive) -> Console:
        """Attach to the console of a domain; waits until it has one. Raises what `run` does."""
