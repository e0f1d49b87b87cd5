"""A guest's process and everything that connects this process with it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from unikernel.channel import Channel
from unikernel.network import Network
from unikernel.process.child import Child
from unikernel.runfolder import RunFolder
from unikernel.spec import Spec

from .launch import Launch

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
        with self.folder.errors_log.open("wb") as errors:
            process = self._spawn(command, errors)
        self.console.begin()
        self.trace.begin()
        return process

    @abstractmethod
    def _spawn(self, command: list[str], errors: IO[bytes]) -> Child:
        """Start the process, its stderr to `errors`, and let go of what it has inherited."""

    def hear_out(self) -> None:
        """Take in what a process that has ended said last on its channels."""
        self.console.finish()
        self.trace.finish()

    def errors(self) -> str:
        """Return what the process complained of on stderr, without its warnings."""
        with contextlib.suppress(OSError):
            lines = Path(self.folder.errors_log).read_text(errors="replace").splitlines()
            return "\n".join(line for line in lines if WARNING not in line)
        return ""

    def close(self) -> None:
        """Close what is open."""
        self._doors.close()
