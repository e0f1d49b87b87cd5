"""What is known of a machine: who it is, how it was booted, what it does, how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.machines.core.lifecycle import Watcher
from unikernel.machines.cores import Core
from unikernel.model.block import Block
from unikernel.model.dimensions import host, of_image
from unikernel.model.measurement import Scalar
from unikernel.model.network import Network
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import Exit, State
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model.image import Image

if TYPE_CHECKING:
    from unikernel.machines.core.side import Side


class MachineFacts:
    """What can be read of a machine without asking its guest."""

    def __init__(self, side: Side) -> None:
        """`side` is where the machine stands to this process; it makes its Machine itself."""
        self._side = side

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

    def __str__(self) -> str:
        return visible(f"{self.name}: {self.exit or self.state}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"
