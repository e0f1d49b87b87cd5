"""The wiring of a guest under QEMU."""

from __future__ import annotations

import socket

from unikernel import networks
from unikernel.host import resource_limits
from unikernel.host.children import Process
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.resources import Hear, Wiring
from unikernel.model.network import Network
from unikernel.model.spec import Spec

from . import command_line, netdev
from .command_line import Channels
from .sandbox import sandboxed
from .user_network import nat_filter


class QemuWiring(Wiring):
    """A wiring with networks and a QMP session; `qmp` is our end of it."""

    def __init__(self, folder: RunFolder, spec: Spec, hear_console: Hear, hear_trace: Hear) -> None:
        super().__init__(folder, hear_console, hear_trace)
        self._plugs: dict[str, networks.Backend] = {}
        try:
            self.qmp, self._qmp_theirs = socket.socketpair()
            self._doors.callback(self.qmp.close)
            self._doors.callback(self._qmp_theirs.close)
            self.qmp.setblocking(False)
            for device, network in spec.nets.items():
                self._plug(device, network, captured=device in spec.captures)
        except BaseException:
            self.close()
            raise

    def _plug(self, device: str, network: Network, *, captured: bool) -> None:
        plug = networks.open_backend(network, captured=captured)
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
            back_ends={device: netdev.with_backend(plug) for device, plug in self._plugs.items()},
        )

    def command(self, launch: Launch, spec: Spec) -> list[str]:
        """Return the command that starts QEMU."""
        return command_line.command(
            launch.program,
            launch.image.path,
            spec,
            launch.accelerator.name,
            self.channels,
            initrd=launch.initrd,
        )

    def _spawn(self, command: list[str], errors_fd: int) -> Process:
        channels = self.channels
        keep = [channels.console_fd, channels.trace_fd, channels.qmp_fd]
        keep += [number for plug in self._plugs.values() for number in plug.descriptors]
        before = nat_filter.prefix(command[0], self.nets.values())
        process = Process([*before, *sandboxed(command)], keep=keep, errors=errors_fd)
        resource_limits.confine(process.pid, resource_limits.QEMU)
        self._qmp_theirs.close()
        for plug in self._plugs.values():
            plug.close_inherited()
        return process
