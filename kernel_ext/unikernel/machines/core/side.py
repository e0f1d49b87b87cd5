"""Side: where a machine stands to this process, which owns it or is attached to it.

A Machine asks its side, a side asks its driver, and a driver asks back through what stands here:

    Machine ──▶ Side ◀──▶ Driver            what users call; whose it is; what runs it
                 ├─ OwnerSide     a child process, its resources, its run folder
                 └─ AttachedSide  another process's run folder and sockets
"""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.host.run_folder import RunFolder
from unikernel.machines.cores import Core
from unikernel.machines.usage import Usage
from unikernel.model.debugging.samples import Samples
from unikernel.model.network import Network, User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import Exit
from unikernel_toolchain.model.image import Image

from .disk_change import DiskChange
from .driver import Driver
from .lifecycle import Lifecycle
from .machine import Machine

if TYPE_CHECKING:
    from .resources import Resources


class Side(ABC):
    """What is known of a machine here, and what a driver may ask. Runs on the event loop."""

    resources: Resources | None = None  # what connects us with its process, if we started that
    folder: RunFolder | None = None  # None before the start
    network_lost = ""  # why user networks carry nothing any more, or nothing new
    core: Core | None = None  # what was kept of a guest that crashed
    core_refused = ""  # why nothing was kept, where it was asked for
    capture_ended = ""  # why frames are no longer written down
    moved = False  # begun anew on another accelerator, since its own gave it up

    def __init__(self, name: str, image: Image, spec: Spec, driver: Driver) -> None:
        self.name = name
        self.image = image
        self.spec = spec
        self.driver = driver
        self.machine = Machine(self)
        self.lifecycle = Lifecycle(self.machine, driver.carrier)

    @property
    @abstractmethod
    def console(self) -> Console:
        """The console."""

    @property
    @abstractmethod
    def accelerator(self) -> str:
        """What executes the guest's instructions."""

    @property
    @abstractmethod
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""

    @property
    def is_crashing(self) -> bool:
        """Whether the guest has crashed and its core is still to be kept, after which it ends."""
        return False

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process that carries the guest, or is it; None before it was started."""

    @property
    @abstractmethod
    def owner_pid(self) -> int:
        """The process that owns the machine."""

    @property
    @abstractmethod
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""

    @property
    @abstractmethod
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""

    @property
    @abstractmethod
    def program(self) -> str:
        """The path of the program that runs: the hypervisor, or the image itself."""

    @property
    @abstractmethod
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None where they are not known, or not yet."""

    @property
    def ports(self) -> tuple[Forward, ...]:
        """The host's ports that lead to it."""
        return tuple(port for network in self.spec.nets.values() for port in network.forwards)

    @property
    @abstractmethod
    def disk_descriptors(self) -> Mapping[str, Sequence[int]]:
        """The descriptors under which its owner has the disks open, by device."""

    @abstractmethod
    def send(self, number: signal.Signals) -> None:
        """Send its process a signal, unless it has ended."""

    @abstractmethod
    async def change_disk(self, change: DiskChange) -> None:
        """Attach, detach or resize a disk. Raises WrongState, DiskUnavailable and UsageError."""

    @abstractmethod
    async def usage(self) -> Usage:
        """Return what it has used so far. Raises WrongState, HypervisorSilent, HypervisorLost."""

    async def start_capture(self, device: str, path: str) -> None:
        """Write a device's frames down. Raises what the driver raises."""
        self.spec = replace(self.spec, captures={**self.spec.captures, device: path})

    async def stop_capture(self, device: str) -> None:
        """End that. Raises what the driver raises."""
        others = {name: file for name, file in self.spec.captures.items() if name != device}
        self.spec = replace(self.spec, captures=others)

    @abstractmethod
    async def change_snapshots(self, action: str, name: str) -> None:
        """Save, restore or delete a snapshot. Raises WrongState, UsageError and QmpError."""

    @abstractmethod
    async def sample(self, seconds: float, hertz: float) -> Samples:
        """Look at the guest where it runs. Raises WrongState and UsageError."""

    @abstractmethod
    async def ended(self) -> Exit:
        """Wait until the machine has ended, and return how."""

    @abstractmethod
    async def stop(self, timeout_s: float) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""

    @abstractmethod
    async def note_hold(self, *, held: bool) -> None:
        """Note that a debugger holds the guest, or lets it run."""

    async def settle(self, timeout_s: float) -> None:  # noqa: B027
        """Wait until a guest is ready, `timeout_s` at most; only its owner hears of that."""

    def begin_run(self) -> None:  # noqa: B027
        """Take note that the guest is let go, as far as its boot is timed here."""

    def forget(self) -> None:  # noqa: B027
        """Remove what an ended machine left to be looked at, if that is this side's to do."""

    def rewire(self, device: str, network: Network) -> None:
        """Note that a device's network is now this."""
        self.spec = replace(self.spec, nets=dict(self.spec.nets) | {device: network})

    def lose_user_networks(self, why: str) -> None:
        """Note that the user networks are gone, and the ports that led through them."""
        self.network_lost = why
        for device, network in self.spec.nets.items():
            if isinstance(network, User):
                self.rewire(device, replace(network, ports=()))

    def note_capture(self, why: str) -> None:
        """Note that frames are no longer written down."""
        self.capture_ended = why
