"""Driver: what is done differently by each thing that carries guests. The contract.

A driver is a folder beside this one with these files, and a row in `machines/targets.py`; what is
known of a target without a guest is a row in `model/targets.py`:

    driver.py        the Driver: what can be asked of a guest that runs, and what cannot
    resources.py     its Resources: one process that is started, spoken to, and judged at its end
    command_line.py  the command that starts it, a pure function
    exits.py         from the evidence to an Exit, a pure function

One instance serves all machines and keeps nothing about any of them. Of a machine it sees its side:
the owner's, with the resources of the process that we have started (`side.resources`), or an
attached one, with nothing but the run folder (`side.folder`). Every method that waits runs on the
event loop.
"""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from unikernel.disks import Disk
from unikernel.errors import UsageError
from unikernel.guest.boot_trace import Join
from unikernel.guest.timeline import timeline
from unikernel.host.run_folder import RunFolder
from unikernel.machines.captures import AT_BOOT
from unikernel.machines.snapshots.taking import Saved
from unikernel.machines.usage import Usage
from unikernel.model import advised
from unikernel.model.accelerator import Accelerator
from unikernel.model.debugging.samples import Samples
from unikernel.model.measurement import Scalar
from unikernel.model.network import Network, User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.progress import Progress

from .launch import Launch

if TYPE_CHECKING:
    from .owned import OwnerSide
    from .resources import Resources
    from .side import Side


class Driver(ABC):
    """How one kind of guest is started, driven and described."""

    carrier: ClassVar[str]  # what carries the guest, in a word: "hypervisor" or "process"
    can_reset: ClassVar[bool]  # whether `reset` works; where not, it raises UsageError
    has_xl: ClassVar[bool] = False  # whether `xl` works; where not, it raises UsageError
    death_time_s: ClassVar[float] = 5.0  # in which a guest ends that was ended by force
    can_snapshot: ClassVar[bool] = False  # whether there are snapshots, at least of memory
    keeps_disks: ClassVar[str] = ""  # why a running guest takes no other disks; "" where it does
    has_snapshots: ClassVar[bool]  # whether it keeps apart what is written to a disk's snapshot

    def make_ready(self, progress: Progress) -> None:  # noqa: B027
        """Make what guests need here beside an image, where that was never done.

        Called where it may take its time, never on the event loop; `progress(what, done, total)`
        hears of it.
        """

    @abstractmethod
    def choose(self, image: Image, spec: Spec) -> tuple[Accelerator, str]:
        """Return what will execute the guest's instructions, and the program that is to run.

        May look at the host for seconds, and is never called on the event loop. Raises
        HypervisorMissing, BootFailed when the host cannot do what `spec` demands, and UsageError
        for what `spec` may not say to this driver.
        """

    @abstractmethod
    def check(self, spec: Spec) -> None:
        """Raise UsageError for devices that this driver cannot wire; every device is wired."""

    def still(self, launch: Launch) -> Launch:
        """Return what was decided, brought up to date; called just before the start."""
        return launch

    def join(self) -> Join:
        """Return the function that makes a boot timeline of host times and the guest's stamps."""
        return timeline

    @abstractmethod
    def kind(self, spec: Spec) -> str:
        """Return what the guest runs on, such as QEMU's machine type."""

    def dimensions(self, program: str) -> Mapping[str, Scalar]:  # noqa: ARG002
        """Return what measurements carry beside what is known of every machine."""
        return {}

    @abstractmethod
    def command(self, launch: Launch, spec: Spec) -> str:
        """Return the command that runs the guest on a terminal, ready to paste."""

    @abstractmethod
    def resources(self, owner: OwnerSide, folder: RunFolder) -> Resources:
        """Prepare everything that connects us with a process that is about to start.

        Raises HypervisorMissing, PortTaken and NetworkUnavailable; nothing is left open then.
        """

    @abstractmethod
    async def pause(self, side: Side) -> None:
        """Hold the guest, and return when word of that has come. Raises WrongState."""

    @abstractmethod
    async def resume(self, side: Side) -> None:
        """Let a held guest go on, and return when word of that has come. Raises WrongState."""

    @abstractmethod
    async def reset(self, side: Side) -> None:
        """Start the guest again from its first instruction, and let it run.

        Raises WrongState, and UsageError where that cannot be done.
        """

    @abstractmethod
    async def qmp(
        self, side: Side, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        """Execute a QMP command. Raises QmpError, and UsageError where there is no QEMU."""

    def check_exchange(self, side: Side) -> None:
        """Raise UsageError where the disks of a running guest stay as they are."""
        if not self.keeps_disks:
            return
        others = ("--replace", "--block", "DEVICE=DISK")
        raise UsageError(
            f"The disks of {side.name!r} stay as they are: {self.keeps_disks}.",
            hint="Start it anew with others: "
            f"%unikernel {advised.boot(side.image.name, side.name, *others)}\n"
            "Under QEMU they can be exchanged: build -t virtio.",
        )

    async def exchange_disk(self, side: OwnerSide, device: str, disk: Disk) -> None:  # noqa: ARG002
        """Put a disk behind a device in the place of the one there.

        What was written to that is on the host's disk then. Raises QmpError when that fails, and
        UsageError where it cannot be done.
        """
        self.check_exchange(side)

    async def resize_disk(self, side: OwnerSide, device: str, size_bytes: int) -> None:  # noqa: ARG002
        """Give the disk of a device another size. Raises QmpError and UsageError."""
        self.check_exchange(side)

    @abstractmethod
    def check_save(self, side: OwnerSide) -> None:
        """Raise UsageError for a guest that no snapshot can be taken of.

        A driver that always does is never asked for the next three, and one whose guests go back to
        nowhere not for the last two.
        """

    async def save(self, side: OwnerSide, folder: Path) -> Saved:
        """Save a guest that is held; what that takes is left in `folder`. Raises QmpError."""
        raise NotImplementedError

    async def load(self, side: OwnerSide, tag: str) -> None:
        """Bring a guest that is held back to what was saved. Raises QmpError."""
        raise NotImplementedError

    async def forget(self, side: OwnerSide, tag: str) -> None:
        """Forget what was saved. Raises QmpError."""
        raise NotImplementedError

    @abstractmethod
    async def sample(self, side: OwnerSide, seconds: float, hertz: float) -> Samples:
        """Look at a running guest for `seconds`, some `hertz` times each.

        Raises WrongState, and UsageError where that cannot be done.
        """

    @abstractmethod
    async def ask_to_end(self, side: Side) -> None:
        """Ask for the machine's end, and return at once.

        Raises HypervisorLost and HypervisorSilent when nobody can be asked.
        """

    async def end_by_force(self, side: Side) -> None:
        """End the machine without asking it; whoever calls this waits for word of it."""
        side.send(signal.SIGKILL)

    async def xl(self, side: Side, arguments: Sequence[str]) -> str:  # noqa: ARG002
        """Run `xl` where the guest's dom0 is, and return what it says.

        Raises UsageError for what may not be run, and where there is no Xen; Dom0Refused when it
        fails.
        """
        raise UsageError(
            f"{side.name!r} is no domain of Xen's: xl knows nothing of it.",
            hint="What is built with -t xen is one.",
        )

    @abstractmethod
    async def usage(self, side: OwnerSide) -> Usage:
        """Return what a guest of ours has used so far.

        It is asked several times a second: what would cost the guest or the host is left unknown.
        """

    def why_no_capture(self, network: Network) -> str:  # noqa: ARG002
        """Return why frames of a device there cannot be written from now on; "" where they can."""
        return AT_BOOT

    async def start_capture(self, side: OwnerSide, device: str, path: str) -> None:
        """Write a device's frames down, where `why_no_capture` has nothing against it.

        Raises NetworkUnavailable, QmpError, HypervisorLost and HypervisorSilent; UsageError where
        captures last as long as the machine.
        """
        raise UsageError(f"The capture of {device!r} of {side.name!r} cannot begin to {path} now.")

    async def stop_capture(self, side: OwnerSide, device: str) -> None:
        """End what began with the machine or later. Raises what `start_capture` does."""
        raise UsageError(f"The capture of {device!r} of {side.name!r} ends with the machine.")

    @abstractmethod
    async def forward(self, side: Side, port: Forward) -> tuple[str, User, Forward]:
        """Forward `port` to the first device on a user network.

        Returns device, network and port as they are now. Raises PortTaken and UsageError.
        """

    @abstractmethod
    async def unforward(self, side: Side, port: Forward) -> tuple[str, User]:
        """End a forward; returns device and network as they are now. Raises UsageError."""
