"""Machine: what every running guest can do, whoever runs it and wherever."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from unikernel.disks import DiskContents, contents
from unikernel.disks.contents import held
from unikernel.errors import DiskUnavailable, UsageError, WrongState, did_you_mean
from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import captures, under_debugger
from unikernel.machines.cores import Core
from unikernel.machines.snapshots import store
from unikernel.machines.usage import Usage
from unikernel.model import advised
from unikernel.model.block import Block, parse_each, parse_size
from unikernel.model.debugging.samples import HERTZ, Samples, checked_request
from unikernel.model.debugging.snapshots import Snapshot
from unikernel.model.dimensions import host, of_image
from unikernel.model.measurement import Scalar
from unikernel.model.network import Network
from unikernel.model.port_forward import Forward, Protocol, checked, refuse_taken
from unikernel.model.spec import Spec
from unikernel.model.state import Exit, State
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.image import Image

from .disk_change import DiskChange
from .lifecycle import Watcher

LIVING = tuple(state for state in State if state is not State.EXITED)

if TYPE_CHECKING:
    from .side import Side


class Machine:
    """A guest that runs: its state, its console, and control over it.

    Every method that waits has an asynchronous twin ending in `_async`. A guest that dies is no
    error: the machine is then in state EXITED and `exit` tells how. As a context manager, a
    machine is stopped at the end of the block.
    """

    def __init__(self, side: Side) -> None:
        """`side` is where the machine stands to this process; it makes its Machine itself."""
        self._side = side
        self._at_stop: list[Callable[[], Awaitable[object]]] = []

    @property
    def name(self) -> str:
        """Its name, which no other running machine of its owner has."""
        return self._side.name

    @property
    def image(self) -> Image:
        """The image it runs."""
        return self._side.image

    @property
    def spec(self) -> Spec:
        """How it was booted, with networks and ports as they are now."""
        return self._side.spec

    @property
    def state(self) -> State:
        """What it is doing now."""
        return self._side.lifecycle.state

    @property
    def exit(self) -> Exit | None:
        """How it ended; None while it has not."""
        return self._side.lifecycle.exit

    @property
    def console(self) -> Console:
        """The console."""
        return self._side.console

    @property
    def networks(self) -> Mapping[str, Network]:
        """The networks its devices are on, by device."""
        return self.spec.nets

    @property
    def disks(self) -> Mapping[str, Block]:
        """The disks of its block devices, by device, with their sizes once it was started."""
        return self.spec.blocks

    @property
    def disk_descriptors(self) -> Mapping[str, Sequence[int]]:
        """The descriptors under which its owner has the disks open, by device."""
        return self._side.disk_descriptors

    def contents(self, device: str = "") -> DiskContents:
        """Return what is on the disk of a device, the first by default.

        Of a snapshot that is what its guest sees. Raises DiskUnavailable, and UsageError for a
        device that there is not.
        """
        device = device or next(iter(self.disks), "")
        block = self._block(device)
        if block.empty:
            raise DiskUnavailable(
                f"The block device {device!r} of {self.name!r} has no disk now.",
                hint=f"Attach one: %unikernel {advised.disk('attach', self.name, device, 'DISK')}",
            )
        if not self.exit and device in self.disk_descriptors:
            return held(block, self.owner_pid, self.disk_descriptors[device])
        return contents(block)

    def _block(self, device: str) -> Block:
        """Return what is behind a device. Raises UsageError, and BadRequest for no text."""
        if typed.text("device", device) in self.disks:
            return self.disks[device]
        what = f"no block device {device!r}" if device else "no disk"
        raise UsageError(f"{self.name!r} has {what}.", hint=did_you_mean(device, self.disks))

    @property
    def ports(self) -> tuple[Forward, ...]:
        """The host's ports that lead to it."""
        return self._side.ports

    @property
    def network_lost(self) -> str:
        """Why user networks carry nothing any more, or nothing new; else ""."""
        return self._side.network_lost

    @property
    def capture_ended(self) -> str:
        """Why frames are no longer written down; else ""."""
        return self._side.capture_ended

    @property
    def kind(self) -> str:
        """What the guest runs on: "microvm", "q35" or "pc" of QEMU, or a "process"."""
        return self._side.driver.kind(self.spec)

    @property
    def carrier(self) -> str:
        """What carries the guest: "hypervisor" or "process"."""
        return self._side.driver.carrier

    @property
    def can_reset(self) -> bool:
        """Whether `reset` works."""
        return self._side.driver.can_reset

    @property
    def has_xl(self) -> bool:
        """Whether `xl` works: the guest is a domain of Xen's."""
        return self._side.driver.has_xl

    @property
    def accelerator(self) -> str:
        """What executes the guest's instructions: "kvm", "tcg", "xen", or the "native" CPU."""
        return self._side.accelerator

    @property
    def moved(self) -> bool:
        """Whether it began anew on another accelerator, since its own gave it up."""
        return self._side.moved

    @property
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""
        return self._side.remark

    @property
    def pid(self) -> int | None:
        """The process of the hypervisor, or the guest itself; None before it was started."""
        return self._side.pid

    @property
    def owner_pid(self) -> int:
        """The process that owns the machine."""
        return self._side.owner_pid

    @property
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""
        return self._side.started_at

    @property
    def core(self) -> Core | None:
        """What was kept of a guest that crashed and was booted with `core`; else None."""
        return self._side.core

    @property
    def core_refused(self) -> str:
        """Why no core was kept of such a guest; else ""."""
        return self._side.core_refused

    @property
    def debugger_pid(self) -> int | None:
        """The process of the gdb that has the guest; None when none does."""
        return under_debugger.pid(self._side.folder)

    async def _note_debugger(self, pid: int | None) -> None:
        """Note that the gdb with this pid has the guest, or that none does."""
        assert self._side.folder
        under_debugger.note(self._side.folder, pid)

    note_debugger, note_debugger_async = sync_and_async(_note_debugger)

    async def _note_hold(self, held: bool) -> None:
        """Note that a debugger holds the guest or lets it run, where no other word comes."""
        if self.carrier == "process":
            await self._side.note_hold(held=held)

    note_hold, note_hold_async = sync_and_async(_note_hold)

    @property
    def folder_name(self) -> str:
        """The name of its run folder, which no other machine has; "" before it was started."""
        return self._side.folder.path.name if self._side.folder else ""

    @property
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""
        return self._side.command

    @property
    def program(self) -> str:
        """The path of the program that runs: the hypervisor, or the image itself."""
        return self._side.program

    @property
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None until its first console line is out and traced.

        Only the process that started a machine can time its boot.
        """
        return self._side.timeline

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the dimensions that every measurement of this machine carries."""
        return {
            **of_image(self.image),
            "machine": self.kind,
            "memory_mib": self.spec.memory_mib,
            "accelerator": self.accelerator,
            **host(),
            **self._side.driver.dimensions(self.program),
        }

    def on_change(self, watcher: Watcher) -> None:
        """Call `watcher(machine)` on the event loop's thread whenever the state changes."""
        self._side.lifecycle.on_change(watcher)

    def off_change(self, watcher: Watcher) -> None:
        """Stop calling `watcher`; one that was never added is ignored."""
        self._side.lifecycle.off_change(watcher)

    def at_stop(self, work: Callable[[], Awaitable[object]]) -> None:
        """Have who stops the machine wait for `work()`, done on the event loop once it ended."""
        self._at_stop.append(work)

    async def _stop(self, timeout_s: float = 2.0) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""
        try:
            return await self._side.stop(timeout_s)
        finally:
            for work in tuple(self._at_stop):
                await work()

    stop, stop_async = sync_and_async(_stop)

    async def _pause(self) -> None:
        """Hold the guest. Raises WrongState unless it runs, and when a debugger has it."""
        under_debugger.refuse(self._side, "paused")
        await self._side.driver.pause(self._side)

    pause, pause_async = sync_and_async(_pause)

    async def _resume(self) -> None:
        """Let a held guest go on. Raises WrongState unless it is held, or if gdb has it."""
        under_debugger.refuse(self._side, "resumed")
        self._side.begin_run()
        await self._side.driver.resume(self._side)

    resume, resume_async = sync_and_async(_resume)

    async def _reset(self) -> None:
        """Start the guest again from its first instruction, and let it run.

        Raises UsageError where `can_reset` is false, and WrongState when a debugger has it.
        """
        under_debugger.refuse(self._side, "reset")
        await self._side.driver.reset(self._side)

    reset, reset_async = sync_and_async(_reset)

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command and return its result.

        Raises QmpError when QEMU refuses it, naming the nearest command there is, and UsageError
        when the guest does not run under QEMU.
        """
        return await self._side.driver.qmp(self._side, command, arguments)

    qmp, qmp_async = sync_and_async(_qmp)

    async def _xl(self, *arguments: str) -> str:
        """Run `xl` with `arguments` in the dom0 that the guest's domain is of; return its output.

        `xenstore-ls` with a path stands for an xl command, too. Raises Dom0Refused when it fails,
        and UsageError for what may not be run, and for a guest that is no domain of Xen's.
        """
        return await self._side.driver.xl(self._side, arguments)

    xl, xl_async = sync_and_async(_xl)

    @property
    def can_snapshot(self) -> bool:
        """Whether `snapshot` works; `restore` does for guests under QEMU."""
        return self._side.driver.can_snapshot

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """Its snapshots, the oldest first; they go with the machine."""
        return store.of_machine(self.folder_name)

    async def _snapshot(self, name: str) -> Snapshot:
        """Save memory, processor and devices as they are now, and return what was saved.

        The guest is held for it, some 0.1 s. A process's memory alone is saved, to be compared.
        Raises WrongState, QmpError, and UsageError: a name that is taken, a disk that would not
        go back, a domain of Xen's.
        """
        under_debugger.refuse(self._side, "saved")
        await self._side.change_snapshots("save", typed.text("name", name))
        return store.find(self.folder_name, self.name, name)

    snapshot, snapshot_async = sync_and_async(_snapshot)

    async def _restore(self, name: str) -> None:
        """Go back to a snapshot and run on from there. Raises as `snapshot` does."""
        under_debugger.refuse(self._side, "restored")
        await self._side.change_snapshots("restore", typed.text("name", name))

    restore, restore_async = sync_and_async(_restore)

    async def _delete_snapshot(self, name: str) -> None:
        """Forget a snapshot. Raises UsageError when there is none of this name."""
        await self._side.change_snapshots("delete", typed.text("name", name))

    delete_snapshot, delete_snapshot_async = sync_and_async(_delete_snapshot)

    async def _sample(self, seconds: float = 3.0, hertz: float = HERTZ) -> Samples:
        """Look at the guest for `seconds`, `hertz` times each: where it is, and in which calls.

        `unikernel.debugging.profile` makes names and a picture of it. Raises WrongState unless it
        runs, and UsageError for a domain of Xen's and where this host does not let anybody look.
        """
        under_debugger.refuse(self._side, "looked at")
        return await self._side.sample(*checked_request(seconds, hertz))

    sample, sample_async = sync_and_async(_sample)

    async def _forward(
        self, host_port: int, guest_port: int, protocol: Protocol = "tcp"
    ) -> Forward:
        """Let a port of the host lead to the guest from now on; host port 0 is any free one.

        It leads to the first device on a user network. Raises PortTaken, and UsageError when no
        device is on one.
        """
        port = Forward(host_port, guest_port, protocol)
        refuse_taken(port, self.ports)
        device, network, port = await self._side.driver.forward(self._side, port)
        self._side.rewire(device, network)
        return port

    forward, forward_async = sync_and_async(_forward)

    async def _unforward(self, port: Forward) -> None:
        """Let a port of the host lead to the guest no longer. Raises UsageError if it does not."""
        self._side.rewire(*await self._side.driver.unforward(self._side, checked(port)))

    unforward, unforward_async = sync_and_async(_unforward)

    async def _attach_disk(self, device: str, disk: str | Path | Block) -> Block:
        """Put a disk behind a device that has none, and return it with its size.

        `disk` is written as for `boot`. Raises DiskUnavailable, WrongState, and UsageError for a
        device that there is not, and for a guest that is a process.
        """
        self._block(device)
        change = DiskChange("attach", device, parse_each({device: disk})[device])
        await self._side.change_disk(change)
        return self.disks[device]

    attach_disk, attach_disk_async = sync_and_async(_attach_disk)

    async def _detach_disk(self, device: str) -> Block:
        """Take the disk of a device away and return it; what was written to it is on the host's.

        Requests that are under way are done before; later ones fail. Raises what `attach_disk`
        does, and DiskUnavailable when what was written does not reach the host's disk.
        """
        taken = self._block(device)
        await self._side.change_disk(DiskChange("detach", device))
        return taken

    detach_disk, detach_disk_async = sync_and_async(_detach_disk)

    async def _resize_disk(self, device: str, size: str | int, *, shrink: bool = False) -> None:
        """Give a device's disk another size, in bytes or as in "64M"; what is new reads as zeroes.

        With `shrink` it may be a smaller one: what is behind its new end is lost. Raises what
        `attach_disk` does.
        """
        self._block(device)
        change = DiskChange("resize", device, size_bytes=parse_size(size), shrink=shrink)
        await self._side.change_disk(change)

    resize_disk, resize_disk_async = sync_and_async(_resize_disk)

    async def _usage(self) -> Usage:
        """Return what it has used so far: CPU, memory, what went over networks and to disks.

        Two of these, some time apart, give rates: `later.since(earlier)`. Raises WrongState when it
        has ended, HypervisorSilent and HypervisorLost when nobody answers.
        """
        self._side.lifecycle.require("measured", *LIVING)
        return await self._side.usage()

    usage, usage_async = sync_and_async(_usage)

    @property
    def why_no_capture(self) -> str:
        """Why frames of its first network device cannot be written from now on; "" if they can."""
        network = next(iter(self.networks.values()), None)
        return self._side.driver.why_no_capture(network) if network else captures.NO_DEVICE

    async def _start_capture(self, path: str | Path, device: str = "") -> Path:
        """Write a network device's frames to a pcap file from now on, and return where it is.

        The device is the first by default; the file, if there is one, begins anew. Raises
        NetworkUnavailable when it cannot be written, WrongState, and UsageError where
        `why_no_capture` says why not.
        """
        self._side.lifecycle.require("captured", *LIVING)
        device = captures.device_of(self.name, device, self.spec)
        captures.require_none(self.name, device, self.spec.captures)
        if why := self._side.driver.why_no_capture(self.networks[device]):
            raise UsageError(f"A capture of {self.name!r} cannot begin now: {why}.")
        file = captures.file_of(path)
        await self._side.start_capture(device, file)
        return Path(file)

    start_capture, start_capture_async = sync_and_async(_start_capture)

    async def _stop_capture(self, device: str = "") -> Path:
        """End a capture, whenever it began, and return where its file is. Raises WrongState."""
        self._side.lifecycle.require("captured", *LIVING)
        device = captures.running(self.name, device, self.spec.captures)
        file = Path(self.spec.captures[device])
        await self._side.stop_capture(device)
        return file

    stop_capture, stop_capture_async = sync_and_async(_stop_capture)

    async def _wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until the machine has ended. Raises WrongState if it runs after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._side.ended()
        except TimeoutError:
            raise WrongState(
                f"{self.name!r} has not ended within {timeout_s:g} s: it is {self.state}.",
                hint=f"Stop it: %unikernel stop {shlex.quote(self.name)}",
            ) from None

    wait, wait_async = sync_and_async(_wait)

    async def _settle(self, timeout_s: float) -> None:
        """Wait, `timeout_s` at most, until a guest that was just booted is ready.

        It is when it has said its first line, or has started and waits for something in silence.
        """
        await self._side.settle(timeout_s)

    settle, settle_async = sync_and_async(_settle)

    def forget(self) -> None:
        """Remove what a detached machine that has ended left to be looked at."""
        self._side.forget()

    def __str__(self) -> str:
        return visible(f"{self.name}: {self.exit or self.state}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_async()
