"""A process that carries a guest, and everything that connects this process with it."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError
from unikernel.guest.exits import Evidence
from unikernel.host.bounded_log import BoundedLog
from unikernel.host.channel import Channel, Line
from unikernel.host.children import Child
from unikernel.host.run_folder import RunFolder
from unikernel.machines.cores import Core
from unikernel.model.network import Network
from unikernel.model.spec import Spec
from unikernel.model.state import Exit

from .launch import Launch

if TYPE_CHECKING:
    from .owned import OwnerSide

WARNING = "warning:"


class Resources(ABC):
    """Channels, process and evidence of one start of a machine, in its run folder.

    They are made together before the process, and closed together after it. A machine that begins
    anew gets new ones: what is known of one process is never mixed with another's.

        prepared ── start ──▶ started ── ready ──▶ the guest runs, or has ended
                                 └── the process ends ──▶ drain, disconnect, close; `exit` judges
    """

    life: asyncio.Task[None]  # the owner's, which waits for the end of the process

    def __init__(self, owner: OwnerSide, folder: RunFolder) -> None:
        """`owner` hears what the guest says and what becomes of it."""
        self.owner = owner
        self.folder = folder
        self.launch: Launch = owner.launch
        self.core: Core | None = None  # what was kept of a guest that crashed
        self.core_refused = ""  # or why nothing was
        self.errors = ""  # what the process wrote to stderr, without its warnings, once it ended
        self._exit_stack = contextlib.ExitStack()
        try:
            self.console = self._channel(owner.progress.feed_console)
            self.trace = self._channel(owner.progress.feed_trace)
            self._errors_log = BoundedLog(folder.errors_log)
            self._exit_stack.callback(self._errors_log.close)
            self._stderr = self._channel(self._errors_log.add)
        except BaseException:
            self.close()
            raise

    def _channel(self, feed: Callable[[bytes], None]) -> Channel:
        channel = Channel(feed)
        self._exit_stack.callback(channel.finish)
        return channel

    @property
    def line(self) -> Line:
        """The way to the guest's console: here, a channel that the process inherits."""
        return self.console

    @property
    def said_bytes(self) -> int:
        """How much it has written to its channels."""
        return sum(one.received_bytes for one in (self.console, self.trace, self._stderr))

    @property
    @abstractmethod
    def nets(self) -> Mapping[str, Network]:
        """The networks of the devices, with every choice made."""

    @abstractmethod
    def command(self, spec: Spec) -> list[str]:
        """Return the command that starts the guest."""

    def start(self, command: list[str]) -> Child:
        """Start the process with its ends of all this, and listen."""
        self.process = self._spawn(command, self._stderr.their_fd)
        for channel in (self.console, self.trace, self._stderr):
            channel.begin()
        return self.process

    @abstractmethod
    def _spawn(self, command: list[str], errors_fd: int) -> Child:
        """Start the process, its stderr to `errors_fd`, and let go of what it has inherited."""

    @abstractmethod
    async def ready(self) -> None:
        """Learn the machine's state, unless the process ends before. Raises what went wrong."""

    async def over(self) -> None:
        """Wait until the process has ended, and another runs in its place if one is to."""
        await asyncio.shield(self.life)

    async def drain(self) -> None:
        """Take in what a process that has ended said last."""
        for channel in (self.console, self.trace, self._stderr):
            channel.finish()
        await self._drain()
        lines = self._errors_log.contents().decode(errors="replace").splitlines()
        self.errors = "\n".join(line for line in lines if WARNING not in line)

    async def _drain(self) -> None:  # noqa: B027 (QEMU alone says something)
        """Take in what it said beside its channels."""

    @abstractmethod
    async def disconnect(self) -> None:
        """Close, beside the channels, what connects us with a process that has ended."""

    def close(self) -> None:
        """Close what is open; no error if that was done."""
        self._exit_stack.close()

    @abstractmethod
    def exit(self, evidence: Evidence) -> Exit:
        """Return how the machine ended; called when all evidence is there."""

    def instead(self, evidence: Evidence) -> Launch | None:  # noqa: ARG002
        """Return how the guest is to be started anew after this end; None where it has ended."""
        return None

    @abstractmethod
    def start_error(self) -> UnikernelError:
        """Return why the guest never ran."""
