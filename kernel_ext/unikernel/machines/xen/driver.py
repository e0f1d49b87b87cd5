"""The driver of guests that are domains of Xen's, which are driven through a dom0.

A domain's dom0 is in a lab of the process that started it, so another process asks that one
(core/requests.py) where there is no way around it.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Any

from unikernel.errors import HypervisorLost, UsageError, WrongState
from unikernel.guest.boot_trace import Join
from unikernel.guest.timeline import domain_timeline
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core import requests
from unikernel.machines.core.attached import AttachedSide
from unikernel.machines.core.driver import Driver
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.side import Side
from unikernel.machines.process import user_ports
from unikernel.machines.usage import NO_DISK, NO_NETWORK, Usage
from unikernel.model.accelerator import Accelerator
from unikernel.model.debugging.samples import Samples
from unikernel.model.measurement import Scalar
from unikernel.model.network import User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import State
from unikernel.model.targets import XEN
from unikernel.networks.traffic import total
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.progress import Progress

from . import command_line, places
from .resources import DomainResources
from .xl import words

ASKING_COSTS = "Xen alone counts it, and each look takes 0.2 s of a CPU in the lab: xl NAME list"
_LIVING = (State.RUNNING, State.PAUSED)


class XenDriver(Driver):
    """Guests under Xen: this host's, or that of the lab in QEMU."""

    carrier = "hypervisor"
    can_reset = True
    has_snapshots = True
    keeps_disks = "a domain of Xen's keeps those that it was made with"
    has_xl = True
    death_time_s = 30.0  # a dom0 in an emulated machine is slow

    def make_ready(self, progress: Progress) -> None:
        """Make the lab's snapshot, where guests run in the lab and there is none."""
        places.make_ready(progress)

    def choose(self, image: Image, spec: Spec) -> tuple[Accelerator, str]:  # noqa: ARG002
        """Return this host's Xen where it can be used, else the lab; and what is run for it."""
        return places.choose()

    def check(self, spec: Spec) -> None:
        """Raise UsageError for more devices than a domain is given."""
        command_line.check(spec)
        places.check(spec)

    def join(self) -> Join:
        """Return the function for a boot in the steps of a toolstack."""
        return domain_timeline

    def kind(self, spec: Spec) -> str:  # noqa: ARG002
        """Return what kind of domain it is."""
        return XEN.kind

    def check_save(self, side: OwnerSide) -> None:
        """Raise UsageError: of domains no snapshot is taken."""
        raise UsageError(
            f"{side.name!r} is a domain of Xen's, of which no snapshot is taken here.",
            hint="The same program built with -t virtio can be saved and restored.",
        )

    async def sample(self, side: OwnerSide, seconds: float, hertz: float) -> Samples:  # noqa: ARG002
        """Raise UsageError: a domain's stack is not looked at."""
        raise UsageError(
            f"{side.name!r} is a domain of Xen's, whose stack nobody here can look at.",
            hint="The same program built with -t virtio or -t unix can be profiled.",
        )

    def dimensions(self, program: str) -> Mapping[str, Scalar]:
        """Return the versions of Xen, of dom0's kernel, and of the lab's QEMU."""
        return places.versions(program)

    def command(self, launch: Launch, spec: Spec) -> str:
        """Return what makes the domain on a host with Xen, ready to paste."""
        return shlex.join(command_line.command(launch.image.path, launch.name, spec, launch.initrd))

    def resources(self, owner: OwnerSide, folder: RunFolder) -> DomainResources:
        """Prepare console and networks."""
        return DomainResources(owner, folder)

    async def pause(self, side: Side) -> None:
        """Hold the domain (xl pause)."""
        side.lifecycle.require("paused", State.RUNNING)
        await _bring_into(side, State.PAUSED, requests.PAUSE, "pause")

    async def resume(self, side: Side) -> None:
        """Let a held domain go on (xl unpause)."""
        side.lifecycle.require("resumed", State.PAUSED)
        await _bring_into(side, State.RUNNING, requests.RESUME, "unpause")

    async def reset(self, side: Side) -> None:
        """Destroy the domain and make it again, and let it run."""
        side.lifecycle.require("reset", *_LIVING)
        if isinstance(side, AttachedSide):
            await side.ask(requests.RESET, time_s=self.death_time_s)
            return
        await _ours(side).process.reset()

    async def qmp(
        self, side: Side, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        """Ask the QEMU that the lab is in. Raises UsageError on a host that runs Xen itself."""
        side.lifecycle.require("asked", *_LIVING)
        if isinstance(side, AttachedSide):
            given = dict(arguments) if arguments else None
            return await side.ask(requests.QMP, command=command, given=given)
        place = _ours(side).process.place
        return await place.qmp(command, arguments) if place else {}

    async def xl(self, side: Side, arguments: Sequence[str]) -> str:
        """Run xl in the dom0 of the domain."""
        argv = words.argv(arguments)
        side.lifecycle.require("asked", *_LIVING)
        if isinstance(side, AttachedSide):
            time_s = words.RUN_TIME_S + 5
            return str(await side.ask(requests.XL, time_s=time_s, arguments=list(arguments)))
        domain = _ours(side).process
        if domain.place is None:
            raise WrongState(f"{side.name!r} has no dom0 yet.")
        done = await domain.place.dom0.run(argv, timeout_s=words.RUN_TIME_S)
        await _ours(side).look()
        return words.output(arguments, done)

    async def ask_to_end(self, side: Side) -> None:
        """Ask the guest to power off; one that is held cannot, and is destroyed."""
        if isinstance(side, AttachedSide):
            await side.ask(requests.END)
            return
        try:
            side.lifecycle.require("asked", State.RUNNING)
            await _ours(side).process.ask_to_end()
        except (UsageError, WrongState, HypervisorLost):
            await self.end_by_force(side)

    async def end_by_force(self, side: Side) -> None:
        """Have the domain destroyed: never the lab, which others run in."""
        if isinstance(side, AttachedSide):
            await side.ask(requests.KILL)
        elif isinstance(side.resources, DomainResources):
            side.resources.process.kill()

    async def usage(self, side: OwnerSide) -> Usage:
        """Return what the host's ends of its networks count, and the memory it was given.

        What else Xen knows is asked in dom0, of which each call takes 0.2 s of a CPU in the lab.
        """
        networks = total(one.traffic() for one in _ours(side).networks.backends.values())
        unknown = {"cpu": ASKING_COSTS, "disk": ASKING_COSTS if side.spec.blocks else NO_DISK}
        if not networks:
            unknown["network"] = ASKING_COSTS if side.spec.nets else NO_NETWORK
        return Usage(
            at_s=time.monotonic(),
            memory_bytes=side.spec.memory_mib << 20,
            **(vars(networks) if networks else {}),
            unknown=unknown,
        )

    async def forward(self, side: Side, port: Forward) -> tuple[str, User, Forward]:
        """Forward `port` in the QEMU beside the domain."""
        return await user_ports.forward(side, port)

    async def unforward(self, side: Side, port: Forward) -> tuple[str, User]:
        """End a forward of the QEMU beside the domain."""
        return await user_ports.unforward(side, port)


def _ours(side: Side) -> DomainResources:
    assert isinstance(side.resources, DomainResources)
    return side.resources


async def _bring_into(side: Side, state: State, request: str, command: str) -> None:
    """Have the owner's process, or xl, bring the domain into `state`."""
    if isinstance(side, AttachedSide):
        async with side.lifecycle.becoming(state):
            await side.ask(request)
        return
    await _ours(side).process.xl(command)
    if side.lifecycle.state in _LIVING:  # it has not ended meanwhile
        side.lifecycle.become(state)
