"""The wiring of a guest that is a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from unikernel.errors import BootFailed
from unikernel.host import resource_limits
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.resources import Hear, Wiring
from unikernel.model.network import Network
from unikernel.model.spec import Spec

from . import command_line
from .command_line import Inheritance
from .networks import ProcessNetworks
from .spawn import ImageProcess


class ProcessWiring(Wiring):
    """A wiring with the networks of a process."""

    def __init__(
        self,
        folder: RunFolder,
        spec: Spec,
        hear_console: Hear,
        hear_trace: Hear,
        *,
        on_hold: Callable[[bool], None],
        lost: Callable[[str], None],
        strained: Callable[[str], None],
        capture_ended: Callable[[str], None],
    ) -> None:
        """`on_hold(held)` hears of stops, the others as `ProcessNetworks` says."""
        super().__init__(folder, hear_console, hear_trace)
        self._on_hold = on_hold
        self._limits = resource_limits.of_guest(spec.memory_mib)
        try:
            self.networks = ProcessNetworks(
                spec, self.folder.control, lost, strained=strained, capture_ended=capture_ended
            )
            self._doors.callback(self.networks.close)
        except BaseException:
            self.close()
            raise

    @property
    def nets(self) -> Mapping[str, Network]:
        """The networks of the devices, with every choice made."""
        return self.networks.nets

    def command(self, launch: Launch, spec: Spec) -> list[str]:
        """Return the command that starts the process."""
        inherited = Inheritance(self.trace.their_fd, os.getpid(), self.networks.variables)
        return command_line.command(launch.image.path, spec, inherited)

    def _spawn(self, command: list[str], errors_fd: int) -> ImageProcess:
        try:
            process = ImageProcess(
                command,
                console=self.console.their_fd,
                errors=errors_fd,
                keep=(self.trace.their_fd, *self.networks.descriptors),
                on_hold=self._on_hold,
            )
        except OSError as problem:
            hint = (
                "UNIKERNEL_CACHE says where images are kept; its file system may be mounted noexec."
            )
            raise BootFailed(
                f"{command[0]} cannot be run: {problem.strerror}.",
                hint=hint if isinstance(problem, PermissionError) else "",
            ) from problem
        resource_limits.confine(process.pid, self._limits)
        try:
            self.networks.start()
        except BaseException:
            process.kill()
            raise
        return process
