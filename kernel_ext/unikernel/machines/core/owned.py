"""The owner's side of a machine: the process that started it, and whose child carries it.

One life after the other: `_spawn` starts a process with its resources, `_supervise` waits for its
end, gathers the evidence, and either starts another in its place or tells everybody of the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from unikernel.disks import Disk
from unikernel.errors import BootFailed, HypervisorLost, HypervisorSilent, UnikernelError
from unikernel.guest.exits import Evidence
from unikernel.guest.timeline import BootTimeline
from unikernel.guest.trace import Ending, EndingKind
from unikernel.host import run_folder
from unikernel.host.children import Child
from unikernel.host.run_folder import RunFolder
from unikernel.host.shielded import shielded
from unikernel.machines.snapshots import store, taking
from unikernel.machines.usage import Usage
from unikernel.model.debugging.samples import Samples
from unikernel.model.network import Network
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.messages import os_errors

from . import requests
from .boot_progress import BootProgress
from .disk_change import DiskChange
from .driver import Driver
from .launch import Launch
from .machine import Machine
from .owned_console import OwnedConsole
from .owned_disks import OwnedDisks
from .publisher import Publisher
from .record import describe
from .resources import Resources
from .side import Side

_SNAPSHOT_ACTIONS: Mapping[str, Callable[[OwnerSide, str], Awaitable[object]]] = {
    "save": taking.save,
    "restore": taking.restore,
    "delete": taking.delete,
}

_log = logging.getLogger(__name__)


class OwnerSide(Side):
    """A machine in a child process of ours. All but the constructor runs on the event loop."""

    def __init__(self, launch: Launch, driver: Driver) -> None:
        super().__init__(launch.name, launch.image, launch.spec, driver)
        self.launch = driver.still(launch)
        self.stop_requested = False
        self._console = OwnedConsole(launch.name)
        self.progress = BootProgress(
            self._console, self.lifecycle, driver.join(), paused=launch.spec.paused
        )
        self._process: Child | None = None
        self._disks = OwnedDisks(self)
        self._changes: set[asyncio.Task[None]] = set()  # of disks; the loop keeps none alive
        self._samplings: dict[str, asyncio.Future[Samples]] = {}
        self._snapshots_change = asyncio.Lock()  # one after the other
        self._started_at = 0.0
        self._earlier_ending: Ending | None = None  # told before the guest was reset
        self._publisher = Publisher(self.machine, self.change_disk, partial(requests.serve, self))

    @property
    def console(self) -> OwnedConsole:
        """The console."""
        return self._console

    @property
    def accelerator(self) -> str:
        """What executes the guest's instructions."""
        return self.launch.accelerator.name

    @property
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""
        return self.launch.accelerator.remark

    @property
    def is_crashing(self) -> bool:
        """Whether the guest has crashed and its core is still to be kept, after which it ends."""
        ending = self.progress.trace.ending
        if not self.spec.core or ending is None or ending is self._earlier_ending:
            return False
        is_over = self.lifecycle.exit or self.lifecycle.state is State.PANICKED
        return ending.kind is not EndingKind.EXIT and not is_over

    @property
    def pid(self) -> int | None:
        """The child process; None before it was started."""
        return self._process.pid if self._process else None

    @property
    def owner_pid(self) -> int:
        """The pid of this process, which owns it."""
        return os.getpid()

    @property
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""
        return self._started_at

    @property
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""
        return self.driver.command(self.launch, self.spec)

    @property
    def program(self) -> str:
        """The path of the program that runs."""
        return self.launch.program

    @property
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None until its first console line is out and traced."""
        return self.progress.timeline

    @property
    def disk_descriptors(self) -> dict[str, tuple[int, ...]]:
        """The descriptors of the open disks, by device."""
        return {name: disk.descriptors for name, disk in self.disks.items() if disk.descriptors}

    @property
    def disks(self) -> dict[str, Disk]:
        """The open disks of its block devices, by device, while it runs."""
        return self._disks.by_device

    async def start(self) -> Machine:
        """Start the process, and return the machine when its state is known.

        Raises BootFailed or PortTaken when the guest is refused. One that has already ended is no
        failure.
        """
        with os_errors.raised_as(
            f"{self.name!r} cannot be booted", BootFailed, run_folder.VARIABLE
        ):
            await self._start()
        return self.machine

    async def _start(self) -> None:
        folder = self.folder = RunFolder.create(self.name)
        try:
            await self._publisher.open(folder.console_socket)
            self._disks.by_device = await self._disks.open(self.spec.blocks)
            self.spec = replace(self.spec, blocks=self._disks.blocks)
            resources = self._spawn(folder)
        except BaseException:
            self._console.close("was not started")
            self._publisher.close()
            self._disks.close()
            folder.remove()
            raise
        try:
            folder.write(describe(self.machine))
            await resources.ready()
        except BaseException:
            with contextlib.suppress(HypervisorLost):
                await self.end()
            raise
        if self._never_ran() and self.resources:
            raise self.resources.start_error()

    def _spawn(self, folder: RunFolder) -> Resources:
        """Start a process with new resources, and the task that waits for its end."""
        resources = self.driver.resources(self, folder)
        try:
            self.spec = replace(self.spec, nets=dict(resources.nets))
            command = resources.command(self.spec)
            self._console.attach(resources.line, folder.console_log)
            self._started_at = time.time()
            self.progress.trace.begin()
            self._process = resources.start(command)
        except BaseException:
            resources.close()
            raise
        self.resources = resources
        resources.life = asyncio.create_task(self._supervise(resources, self._process))
        return resources

    async def _supervise(self, resources: Resources, process: Child) -> None:
        """Wait for the process's end, gather the evidence, and leave nothing behind."""
        returncode = await process.ended
        lives_on = False
        try:
            await resources.drain()
            await resources.disconnect()
            resources.close()
            evidence = Evidence(
                returncode,
                ending=self.progress.trace.ending,
                final_message=self.progress.trace.final_message,
                stop_requested=self.stop_requested,
                errors=resources.errors,
            )
            lives_on = await self._start_again(resources, evidence)
            if not lives_on:
                self.lifecycle.exit = resources.exit(evidence)
                self.core = resources.core and resources.core.told(self.lifecycle.exit)
                self.core_refused = resources.core_refused
                self._console.close(f"has ended ({self.lifecycle.exit})")
        finally:
            resources.close()
            if not lives_on:
                self._leave(resources.folder)

    async def _start_again(self, ended: Resources, evidence: Evidence) -> bool:
        """Start another process in the place of one that has ended; return whether one runs."""
        launch = ended.instead(evidence)
        if launch is None:
            return False
        self.launch = launch
        self.spec = replace(launch.spec, paused=self.progress.waits_to_run, blocks=self.spec.blocks)
        try:
            resources = self._spawn(ended.folder)
        except (UnikernelError, OSError):
            return False  # the first end is told
        self.moved = True
        try:
            ended.folder.write(describe(self.machine))
            if not self.stop_requested:
                await resources.ready()
                return True
        except (UnikernelError, OSError):
            _log.exception("the second process of %s", self.name)
        resources.process.kill()  # whoever ended the machine meanwhile ends that, too
        return True

    def _leave(self, folder: RunFolder) -> None:
        """Tell everybody of the end, and clear up.

        First in the record: whoever finds that nobody listens any more looks there.
        """
        keep = self.launch.keep and not self._never_ran() and self.tell_others()
        self._publisher.close()
        self._disks.close()
        store.remove_all(folder.path.name)
        if not keep:
            folder.remove()
        self.lifecycle.become(State.EXITED)

    def _never_ran(self) -> bool:
        """Whether the process ended before the guest gave any sign of life."""
        ended = self.lifecycle.exit
        lost = (Cause.LOST, Cause.GIVEN_UP)
        return ended is not None and ended.cause in lost and not self.progress.has_output

    async def settle(self, timeout_s: float) -> None:
        """Wait until the guest is ready, `timeout_s` at most."""
        await self.progress.reached("ready", timeout_s)

    def begin_run(self) -> None:
        """Count the boot's time from now, when a guest that was started paused is let go."""
        self.progress.begin_run()

    async def note_hold(self, *, held: bool) -> None:
        """Note that a debugger holds the guest, or lets it run."""
        if not held:
            self.begin_run()
        if not self.lifecycle.exit:
            self.lifecycle.become(State.PAUSED if held else State.RUNNING)

    def begin_anew(self) -> None:
        """Take note that the guest was reset: what it says from now on is another boot's."""
        self._earlier_ending = self.progress.trace.ending
        self.progress.begin_anew()
        self._publisher.restart()

    def rewire(self, device: str, network: Network) -> None:
        """Note that a device's network is now this, and tell other processes."""
        super().rewire(device, network)
        self.tell_others()

    async def change_disk(self, change: DiskChange) -> None:
        """Attach, detach or resize a disk, and tell other processes."""
        changing = asyncio.create_task(self._change_disk(change))
        self._changes.add(changing)
        changing.add_done_callback(self._changes.discard)
        await shielded(changing)

    async def _change_disk(self, change: DiskChange) -> None:
        await self._disks.change(change)
        self.spec = replace(self.spec, blocks=self._disks.blocks)
        self.tell_others()
        self._publisher.tell_disks()

    def strain_user_networks(self, why: str) -> None:
        """Note why user networks take no new flows; "" when they do."""
        self.network_lost = why
        self.tell_others()

    def tell_others(self) -> bool:
        """Write what other processes may know; a full disk costs only that."""
        if self.folder:
            with contextlib.suppress(OSError):
                self.folder.write(describe(self.machine))
                return True
        return False

    def send(self, number: signal.Signals) -> None:
        """Send the child a signal, unless it has ended."""
        if self._process:
            self._process.send(number)

    async def usage(self) -> Usage:
        """Return what it has used so far."""
        return await self.driver.usage(self)

    async def change_snapshots(self, action: str, name: str) -> None:
        """Save, restore or delete a snapshot."""
        async with self._snapshots_change:
            await _SNAPSHOT_ACTIONS[action](self, name)

    async def sample(self, seconds: float, hertz: float) -> Samples:
        """Have the driver look at the guest where it runs."""
        samples = await self.driver.sample(self, seconds, hertz)
        if not samples.stacks and not samples.idle:  # it may have been held just before
            self.lifecycle.require("profiled", State.RUNNING)
        return samples

    async def sample_for(self, file: str, seconds: float, hertz: float) -> Samples:
        """Look at the guest for another process, which may lose interest (`end_sample`)."""
        self._samplings[file] = asyncio.ensure_future(self.driver.sample(self, seconds, hertz))
        try:
            return await self._samplings[file]
        finally:
            del self._samplings[file]

    def end_sample(self, file: str) -> None:
        """End what `sample_for` does for this file, if it does."""
        if file in self._samplings:
            self._samplings[file].cancel()

    async def start_capture(self, device: str, path: str) -> None:
        """Write a device's frames down, and tell other processes."""
        await self.driver.start_capture(self, device, path)
        await super().start_capture(device, path)
        self.tell_others()

    async def stop_capture(self, device: str) -> None:
        """End that, and tell other processes."""
        await self.driver.stop_capture(self, device)
        await super().stop_capture(device)
        self.tell_others()

    async def ended(self) -> Exit:
        """Wait until the machine has ended, its second life included."""
        while self.resources and not self.lifecycle.exit:
            resources = self.resources
            await resources.over()
            if resources is self.resources:
                break
        return self.lifecycle.exit or Exit(Cause.STOPPED)

    async def end(self) -> Exit:
        """End the machine at once, without asking it. Raises HypervisorLost if it does not end."""
        self.stop_requested = True
        self.send(signal.SIGKILL)
        try:
            async with asyncio.timeout(self.driver.death_time_s):
                return await self.ended()
        except TimeoutError:
            raise HypervisorLost(
                f"Process {self.pid} of {self.name!r} does not end although it was killed.",
                hint="It hangs in the host's kernel, or another user's debugger holds it; "
                "restarting the host helps.",
            ) from None

    async def stop(self, timeout_s: float) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""
        if self.lifecycle.exit or self._process is None:
            return await self.ended()
        self.stop_requested = True
        with contextlib.suppress(TimeoutError, HypervisorLost, HypervisorSilent):
            async with asyncio.timeout(timeout_s):
                await self.driver.ask_to_end(self)
                return await self.ended()
        return await self.end()
