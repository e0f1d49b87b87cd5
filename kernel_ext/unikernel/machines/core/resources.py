"""A guest's process and everything that connects this process with it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from unikernel.host.bounded_log import BoundedLog
from unikernel.host.channel import Channel
from unikernel.host.children import Child
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.launch import Launch
from unikernel.model.network import Network
from unikernel.model.spec import Spec

WARNING = "warning:"
Hear = Callable[[bytes], None]


class Wiring(ABC):
    """Channels and process of one machine; made and ended together, in its run folder."""

    def __init__(self, folder: RunFolder, hear_console: Hear, hear_trace: Hear) -> None:
        self.folder = folder
        self._doors = contextlib.ExitStack()
        try:
            self.console = self._channel(hear_console)
            self.trace = self._channel(hear_trace)
            self._errors = BoundedLog(folder.errors_log)
            self._doors.callback(self._errors.close)
            self._complaints = self._channel(self._errors.add)
        except BaseException:
            self.close()
            raise

    def _channel(self, hear: Hear) -> Channel:
        channel = Channel(hear)
        self._doors.callback(channel.finish)
        return channel

    @property
    @abstractmethod
    def nets(self) -> Mapping[str, Network]:
        """The networks of the devices, with every choice made."""

    @abstractmethod
    def command(self, launch: Launch, spec: Spec) -> list[str]:
        """Return the command that starts the guest."""

    def start(self, command: list[str]) -> Child:
        """Start the process with its ends of all this, and listen."""
        process = self._spawn(command, self._complaints.their_fd)
        for channel in (self.console, self.trace, self._complaints):
            channel.begin()
        return process

    @abstractmethod
    def _spawn(self, command: list[str], errors_fd: int) -> Child:
        """Start the process, its stderr to `errors_fd`, and let go of what it has inherited."""

    def hear_out(self) -> None:
        """Take in what a process that has ended said last on its channels."""
        for channel in (self.console, self.trace, self._complaints):
            channel.finish()

    def errors(self) -> str:
        """Return what the process complained of on stderr, without its warnings."""
        lines = self._errors.contents().decode(errors="replace").splitlines()
        return "\n".join(line for line in lines if WARNING not in line)

    def close(self) -> None:
        """Close what is open."""
        self._doors.close()
