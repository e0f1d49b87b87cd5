"""The driver of guests under QEMU, which is asked over QMP.

A QEMU of ours is asked in a session that lasts as long as it does; another process's over its
second monitor, which serves one client at a time and is opened for each question.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from unikernel.disks import Disk
from unikernel.errors import HypervisorLost, HypervisorSilent
from unikernel.host.run_folder import RunFolder
from unikernel.machines.captures import AT_BOOT
from unikernel.machines.core.driver import Driver
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.side import Side
from unikernel.machines.sampling import sampled
from unikernel.machines.snapshots.taking import Saved
from unikernel.machines.usage import Usage
from unikernel.model.accelerator import Accelerator
from unikernel.model.debugging.samples import Samples
from unikernel.model.measurement import Scalar
from unikernel.model.network import Network, Tap, User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, State
from unikernel.model.targets import VIRTIO
from unikernel_toolchain.model.image import Image

from . import accelerator, command_line, hypervisor, slots
from .monitor import monitor
from .observing import capture, gdb_stub, snapshots
from .qmp import RESET, QmpSession, restart_guest
from .resources import QemuResources
from .user_network import backlog, forwarding, nat_filter


class QemuDriver(Driver):
    """Guests under QEMU, with KVM or TCG."""

    carrier = "hypervisor"
    can_reset = True
    has_snapshots = True
    can_snapshot = True

    def choose(self, image: Image, spec: Spec) -> tuple[Accelerator, str]:  # noqa: ARG002
        """Return KVM where it works or is demanded, else TCG; and QEMU."""
        return accelerator.choose(spec.accelerator), hypervisor.find()

    def check(self, spec: Spec) -> None:
        """Raise UsageError for more devices than the machine type has room for."""
        slots.check(spec)

    def still(self, launch: Launch) -> Launch:
        """Return what was decided, without KVM if it has failed since and nobody demands it."""
        if launch.spec.accelerator != "auto":
            return launch
        return replace(launch, accelerator=accelerator.still(launch.accelerator))

    def kind(self, spec: Spec) -> str:
        """Return the machine type."""
        return spec.machine

    def dimensions(self, program: str) -> Mapping[str, Scalar]:
        """Return QEMU's version."""
        return {"qemu": hypervisor.version(program)}

    def command(self, launch: Launch, spec: Spec) -> str:
        """Return QEMU's command with the console on the terminal, ready to paste."""
        command = command_line.command(
            launch.program,
            launch.image.path,
            spec,
            launch.accelerator.name,
            initrd=launch.initrd,
        )
        return shlex.join((*nat_filter.prefix(launch.program, spec.nets.values()), *command))

    def resources(self, owner: OwnerSide, folder: RunFolder) -> QemuResources:
        """Prepare channels, networks and a QMP session."""
        return QemuResources(owner, folder)

    async def pause(self, side: Side) -> None:
        """Hold the guest. Of a QEMU of ours it is known at once why it is held."""
        side.lifecycle.require("paused", State.RUNNING)
        ours = _ours(side)
        if ours is None:
            async with side.lifecycle.becoming(State.PAUSED):
                await self.qmp(side, "stop")
            return
        await self.qmp(side, "stop")
        if await ours.gave_up():
            await ours.over()
            side.lifecycle.require("paused", State.RUNNING, State.PAUSED)

    async def resume(self, side: Side) -> None:
        """Let a held guest go on."""
        side.lifecycle.require("resumed", State.PAUSED, State.PANICKED)
        if _ours(side):
            await self.qmp(side, "cont")
        else:
            async with side.lifecycle.becoming(State.RUNNING):
                await self.qmp(side, "cont")

    async def reset(self, side: Side) -> None:
        """Start the guest again from its first instruction, and let it run."""
        side.lifecycle.require("reset", State.RUNNING, State.PAUSED, State.PANICKED)
        resets_itself = VIRTIO.has_pci(side.spec.machine)
        if ours := _ours(side):
            await restart_guest(ours.session, resets_itself=resets_itself)
            return
        async with side.lifecycle.becoming(State.RUNNING), _session(side) as session:
            await restart_guest(session, resets_itself=resets_itself)

    async def qmp(
        self, side: Side, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        """Execute a QMP command. One that ends QEMU has no result."""
        side.lifecycle.require("asked", State.RUNNING, State.PAUSED, State.PANICKED)
        if command == RESET:
            await self.reset(side)
            return {}
        try:
            async with _session(side) as session:
                return await session.execute(command, arguments)
        except HypervisorLost:
            if _ours(side) is None:
                raise
            if (await side.ended()).cause is Cause.STOPPED:  # the command was what ended it
                return {}
            side.lifecycle.require("asked", State.RUNNING)
            raise

    async def exchange_disk(self, side: OwnerSide, device: str, disk: Disk) -> None:
        """Exchange it over QMP."""
        ours = _ours(side)
        assert ours
        await ours.media.exchange(list(side.spec.blocks).index(device), disk)

    async def resize_disk(self, side: OwnerSide, device: str, size_bytes: int) -> None:
        """Resize it over QMP."""
        ours = _ours(side)
        assert ours
        await ours.media.resize(list(side.spec.blocks).index(device), size_bytes)

    def check_save(self, side: OwnerSide) -> None:
        """Raise UsageError for disks that would not go back, and for very much memory."""
        snapshots.check(side.name, side.spec)

    async def save(self, side: OwnerSide, folder: Path) -> Saved:
        """Save the state beside a copy of the memory."""
        ours = _ours(side)
        assert ours
        sources = await snapshots.memory(ours.session, side.spec)
        pointer = await snapshots.stack_pointer(ours.session)
        tag = await ours.states.save(folder / "state")
        return Saved(ours.process.pid, tuple(sources), pointer, tag)

    async def load(self, side: OwnerSide, tag: str) -> None:
        """Bring the guest back to what was saved."""
        ours = _ours(side)
        assert ours
        await ours.states.load(tag)

    async def forget(self, side: OwnerSide, tag: str) -> None:
        """Forget what was saved, on disks too."""
        ours = _ours(side)
        assert ours
        await ours.states.delete(tag)

    async def sample(self, side: OwnerSide, seconds: float, hertz: float) -> Samples:
        """Look at the guest through QEMU's gdb stub."""
        ours = _ours(side)
        assert ours
        with side.lifecycle.occupied("profiled", State.RUNNING):
            await gdb_stub.require_unused(ours.session, side.name)
            async with ours.looked_at():
                path = ours.folder.path / "profile.sock"
                await gdb_stub.open_stub(ours.session, path)
                try:
                    look = partial(gdb_stub.GdbStub, path)
                    return await sampled(look, side.image.debug_path, seconds, hertz)
                finally:
                    with contextlib.suppress(HypervisorLost, HypervisorSilent):
                        await gdb_stub.close_stub(ours.session, path)

    async def ask_to_end(self, side: Side) -> None:
        """Have QEMU quit."""
        if (ours := _ours(side)) and not ours.answers:
            raise HypervisorLost("QEMU has not answered yet.")
        async with _session(side) as session:
            await session.execute("quit")

    async def usage(self, side: OwnerSide) -> Usage:
        """Return what QEMU and Linux count."""
        ours = _ours(side)
        assert ours
        return await ours.usage()

    def why_no_capture(self, network: Network) -> str:
        """Return why not: frames with offloads stand behind headers, which are no part of them."""
        return AT_BOOT if isinstance(network, Tap) and network.offload else ""

    async def start_capture(self, side: OwnerSide, device: str, path: str) -> None:
        """Have QEMU write frames."""
        number = list(side.spec.nets).index(device)
        await capture.start(partial(self.qmp, side), number, path)

    async def stop_capture(self, side: OwnerSide, device: str) -> None:
        """Have QEMU write no more."""
        await capture.stop(partial(self.qmp, side), list(side.spec.nets).index(device))

    async def forward(self, side: Side, port: Forward) -> tuple[str, User, Forward]:
        """Forward `port` in QEMU's NAT."""
        forwarded = await forwarding.add(partial(self.qmp, side), side.spec.nets, port)
        if side.pid:
            backlog.widen(side.pid)
        return forwarded

    async def unforward(self, side: Side, port: Forward) -> tuple[str, User]:
        """End a forward of QEMU's NAT."""
        return await forwarding.remove(partial(self.qmp, side), side.spec.nets, port)


def _ours(side: Side) -> QemuResources | None:
    return side.resources if isinstance(side.resources, QemuResources) else None


@asynccontextmanager
async def _session(side: Side) -> AsyncIterator[QmpSession]:
    """Yield a QMP session. Raises HypervisorSilent and HypervisorLost."""
    if ours := _ours(side):
        yield ours.session
    else:
        assert side.folder
        async with monitor(side.folder, side.name) as session:
            yield session
