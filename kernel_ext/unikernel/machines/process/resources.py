"""A guest that is a process of ours: its channels, its networks, and what was learnt from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping

from unikernel.errors import BootFailed, UnikernelError
from unikernel.guest.exits import Evidence
from unikernel.guest.trace import EndingKind
from unikernel.host import resource_limits
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.resources import Resources
from unikernel.model.network import Network
from unikernel.model.spec import Spec
from unikernel.model.state import Exit, State
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.tools import locate

from . import command_line, core_dump, directories, disks, exits
from .command_line import Inheritance
from .networks import ProcessNetworks
from .spawn import ImageProcess

SIGN_TIME_S = 0.5  # in which a process that refuses to start does so
HOLD_TIME_S = 10.0  # in which one that starts paused is, however loaded the host


class ProcessResources(Resources):
    """One process of ours, from before its start until after its end."""

    process: ImageProcess

    def __init__(self, owner: OwnerSide, folder: RunFolder) -> None:
        super().__init__(owner, folder)
        self._coring: asyncio.Task[None] | None = None
        try:
            self.networks = ProcessNetworks(
                owner.spec,
                folder.control,
                owner.lose_user_networks,
                strained=owner.strain_user_networks,
                capture_ended=owner.note_capture,
            )
            self._exit_stack.callback(self.networks.close)
            self._directories = directories.Opened(owner.spec.kv)
            self._exit_stack.callback(self._directories.close)
        except BaseException:
            self.close()
            raise
        owner.console.wake()  # what is typed before the guest listens waits for it

    @property
    def nets(self) -> Mapping[str, Network]:
        """The networks of the devices, with every choice made."""
        return self.networks.nets

    @property
    def _disks(self) -> dict[str, int]:
        """The descriptors of its disks, by device; a process has one of each."""
        return {device: disk.descriptor for device, disk in self.owner.disks.items()}

    def command(self, spec: Spec) -> list[str]:
        """Return the command that starts the process."""
        devices = self.networks.variables | disks.variables(spec.blocks, self._disks)
        devices |= directories.variables(spec.kv, self._directories.descriptors)
        inherited = Inheritance(self.trace.their_fd, os.getpid(), devices)
        return command_line.command(self.launch.image.path, spec, inherited)

    def _spawn(self, command: list[str], errors_fd: int) -> ImageProcess:
        try:
            process = ImageProcess(
                command,
                console=self.console.their_fd,
                errors=errors_fd,
                keep=(
                    self.trace.their_fd,
                    *self.networks.descriptors,
                    *self._disks.values(),
                    *self._directories.descriptors.values(),
                ),
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
        largest = max((block.size_bytes for block in self.owner.spec.blocks.values()), default=0)
        serves = bool(self.owner.spec.kv)
        limits = resource_limits.of_guest(
            self.owner.spec.memory_mib, largest, serves_directories=serves
        )
        resource_limits.confine(process.pid, limits)
        if self.owner.spec.core:
            self._coring = asyncio.create_task(self._keep_core(process))
        try:
            self.networks.start()
        except BaseException:
            process.kill()
            raise
        return process

    async def _keep_core(self, process: ImageProcess) -> None:
        """Once the guest says that it crashed, keep what it has in memory, then let it end."""
        owner = self.owner
        while (ending := owner.progress.trace.ending) is None:
            await owner.progress.changed()
        if ending.kind is not EndingKind.EXIT:
            try:
                self.core = await core_dump.take(
                    *(locate.require("gdb"), process.pid, owner.name, owner.image),
                    owner.spec.memory_mib,
                )
            except (UnikernelError, ToolchainError) as problem:
                self.core_refused = str(problem)
        with contextlib.suppress(OSError):
            await self.trace.send(b"\n")

    async def ready(self) -> None:
        """Wait for a sign of life: a guest that keeps silent longer is taken to run."""
        await self.networks.ready()
        owner, lifecycle = self.owner, self.owner.lifecycle
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HOLD_TIME_S if owner.spec.paused else SIGN_TIME_S):
                while lifecycle.state is State.STARTING and not (
                    owner.progress.has_output or lifecycle.exit
                ):
                    await owner.progress.changed()
        if self.process.ended.done():
            await self.over()
        elif lifecycle.state is State.STARTING:
            lifecycle.become(State.RUNNING)

    def _on_hold(self, held: bool) -> None:
        if self.owner.stop_requested:
            return  # a held process is let go to end
        if not held:
            self.owner.begin_run()  # somebody else may have let it go
        self.owner.lifecycle.become(State.PAUSED if held else State.RUNNING)

    async def disconnect(self) -> None:
        """Close the networks, and end what carried them."""
        if self._coring:
            if self.owner.progress.trace.ending is None:
                self._coring.cancel()
            await asyncio.wait({self._coring})
        await self.networks.end()

    def exit(self, evidence: Evidence) -> Exit:
        """Return how the guest ended, by its own word, its status and its stderr."""
        return exits.exit_of(evidence)

    def start_error(self) -> BootFailed:
        """Return why the guest never ran."""
        ended = self.owner.lifecycle.exit
        return BootFailed(
            f"{self.owner.name!r} did not start: {ended.message if ended else ''}.",
            detail=self.owner.command,
            hint="The command can be pasted into a terminal.",
        )
