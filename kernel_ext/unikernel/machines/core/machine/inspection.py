"""How to look into a guest that runs: its debugger, snapshots, samples, usage and frames."""

from __future__ import annotations

from pathlib import Path

from unikernel.errors import UsageError
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import captures, under_debugger
from unikernel.machines.snapshots import store
from unikernel.machines.usage import Usage
from unikernel.model.debugging.samples import HERTZ, Samples, checked_request
from unikernel.model.debugging.snapshots import Snapshot
from unikernel.model.state import State
from unikernel_toolchain.model import typed

from .facts import MachineFacts

LIVING = tuple(state for state in State if state is not State.EXITED)


class MachineInspection(MachineFacts):
    """A machine that can be looked into."""

    @property
    def debugger_pid(self) -> int | None:
        """The process of the gdb that has the guest; None when none does."""
        return under_debugger.pid(self._side.folder)

    @property
    def debugger_elsewhere(self) -> str:
        """A sentence on the process that has the debugger, where that is another; else ""."""
        return under_debugger.told_elsewhere(self._side.folder)

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
