"""A QEMU process and everything that connects this process with it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from unikernel import networks
from unikernel.channel import Channel
from unikernel.network import Network
from unikernel.process import Process
from unikernel.qemu_command import Channels
from unikernel.runfolder import RunFolder
from unikernel.spec import Spec

WARNING = "warning:"


class Wiring:
    """Run folder, channels, networks and process of one machine; made and ended together."""

    def __init__(
        self,
        name: str,
        spec: Spec,
        hear_console: Callable[[bytes], None],
        hear_trace: Callable[[bytes], None],
    ) -> None:
        self.folder = RunFolder.create(name)
        self._doors = contextlib.ExitStack()
        try:
            self.console = self._channel(hear_console)
            self.trace = self._channel(hear_trace)
            self.qmp, self._qmp_theirs = socket.socketpair()
            self._doors.callback(self.qmp.close)
            self._doors.callback(self._qmp_theirs.close)
            self.qmp.setblocking(False)
            self._plugs: dict[str, networks.Plug] = {}
            for device, network in spec.nets.items():
                self._plug(device, network, captured=device in spec.captures)
        except BaseException:
            self.close()
            raise

    def _channel(self, hear: Callable[[bytes], None]) -> Channel:
        channel = Channel(hear)
        self._doors.callback(channel.finish)
        return channel

    def _plug(self, device: str, network: Network, *, captured: bool) -> None:
        plug = networks.plug(network, captured=captured)
        self._doors.callback(plug.close)
        self._plugs[device] = plug

    @property
    def nets(self) -> dict[str, Network]:
        """The networks of the devices, with every choice made."""
        return {device: plug.network for device, plug in self._plugs.items()}

    @property
    def channels(self) -> Channels:
        """What QEMU's command line must know of all this."""
        return Channels(
            console_fd=self.console.their_fd,
            trace_fd=self.trace.their_fd,
            qmp_fd=self._qmp_theirs.fileno(),
            control_path=self.folder.control,
            back_ends={device: plug.back_end for device, plug in self._plugs.items()},
        )

    def start(self, command: list[str]) -> Process:
        """Start QEMU with its ends of the channels, and listen."""
        channels = self.channels
        keep = [channels.console_fd, channels.trace_fd, channels.qmp_fd]
        keep += [number for plug in self._plugs.values() for number in plug.descriptors]
        with self.folder.qemu_log.open("wb") as errors:
            process = Process(command, keep=keep, errors=errors)
        self.console.begin()
        self.trace.begin()
        self._qmp_theirs.close()
        for plug in self._plugs.values():
            plug.hand_over()
        return process

    def hear_out(self) -> None:
        """Take in what a QEMU that has ended said last on its channels."""
        self.console.finish()
        self.trace.finish()

    def errors(self) -> str:
        """Return what QEMU complained of on stderr, without its warnings."""
        with contextlib.suppress(OSError):
            lines = Path(self.folder.qemu_log).read_text(errors="replace").splitlines()
            return "\n".join(line for line in lines if WARNING not in line)
        return ""

    def close(self, *, keep: bool = False) -> None:
        """Close what is open, and remove the run folder unless it is to `keep`."""
        self._doors.close()
        if not keep:
            self.folder.remove()
