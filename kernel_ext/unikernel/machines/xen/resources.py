"""A domain of ours: its networks, its disks, its console, and what was learnt from it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Mapping
from pathlib import Path

from unikernel.disks import open_read_only
from unikernel.disks.xen_disks import vdevs
from unikernel.errors import BootFailed, UnikernelError
from unikernel.guest import exits as guest_exits
from unikernel.host.channel import Line
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.resources import Resources
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.network import Network
from unikernel.model.spec import Spec
from unikernel.model.state import Exit, State

from . import command_line, exits, places
from .domain import Domain, Plan
from .incarnation import Ears
from .place import Place
from .xl.config import DomainConfig, Vbd, Vif, domain_name
from .xl.toolstack import FILES

_log = logging.getLogger(__name__)
_names: set[str] = set()  # of this process's domains, until they are destroyed
_unplugging: set[asyncio.Task[None]] = set()  # the loop itself does not keep tasks alive
_numbers = itertools.count(1)


class ConsoleLine(Line):
    """The way to a domain's console, which there is once the domain was made."""

    domain: Domain | None = None

    def hold(self, *, held: bool) -> None:
        """Leave what it says in dom0, so that it must wait; or go on reading."""
        if self.domain:
            self.domain.hold(held=held)

    async def send(self, data: bytes) -> None:
        """Type `data`, once there is a console."""
        if self.domain is None:
            raise BrokenPipeError
        await self.domain.type(data)


class DomainResources(Resources):
    """One domain of ours, from before its start until after its end."""

    process: Domain

    def __init__(self, owner: OwnerSide, folder: RunFolder) -> None:
        super().__init__(owner, folder)
        self._line = ConsoleLine()
        self._vifs: list[Vif] = []
        self._vbds: list[Vbd] = []
        self._lent: list[Vbd] = []  # dom0's alone
        self._name = domain_name(owner.name, _names)
        _names.add(self._name)
        self._exit_stack.callback(_names.discard, self._name)
        try:
            self.networks = places.networks(self.launch.accelerator.name, owner, folder)
            self._exit_stack.callback(self.networks.close)
        except BaseException:
            self.close()
            raise
        owner.console.wake()  # what is typed before the guest listens waits for it in dom0

    @property
    def line(self) -> Line:
        """The way to the domain's console."""
        return self._line

    @property
    def nets(self) -> Mapping[str, Network]:
        """The networks of the devices, with every choice made."""
        return self.networks.nets

    def command(self, spec: Spec) -> list[str]:
        """Return the command that stands for it: what is run in dom0 is made when it is there."""
        launch = self.launch
        return command_line.command(launch.image.path, self.owner.name, spec, launch.initrd)

    def _spawn(self, command: list[str], errors_fd: int) -> Domain:  # noqa: ARG002
        owner = self.owner
        plan = Plan(
            find_place=lambda: places.find(self.launch.accelerator.name, self.launch.program),
            plug=self._plug,
            image=None if self.launch.initrd else self.launch.image.path,
            ears=Ears(
                console=owner.progress.feed_console,
                trace=self._hear_trace,
                end_step=owner.progress.trace.end_step,
            ),
            paused=owner.spec.paused,
            began=self._began,
            begins_anew=owner.begin_anew,
        )
        self._line.domain = domain = Domain(plan)
        return domain

    def _hear_trace(self, data: bytes) -> bool:
        self.owner.progress.feed_trace(data)
        return self.owner.progress.trace.ending is not None

    async def _plug(self, place: Place) -> DomainConfig:
        """Bring networks and disks to the place, and start what carries frames."""
        for backend in self.networks.backends.values():
            self._vifs.append(await place.plug_net(backend))
        spec = command_line.in_order_of_disks(self.owner.spec)
        for device in spec.blocks:
            self._vbds.append(await place.plug_disk(self.owner.disks[device]))
        self.networks.start()
        await self.networks.ready()
        kernel, ramdisk = f"{FILES}{self._name}-{next(_numbers)}.elf", ""
        if initrd := self.launch.initrd:
            kernel = await self._lend(place, self.launch.image.path)
            ramdisk = await self._lend(place, initrd)
        return DomainConfig(
            name=self._name,
            kernel=kernel,
            command_line=boot_parameters(spec),
            memory_mib=spec.memory_mib,
            vifs=self._vifs,
            vbds=self._vbds,
            vdevs=tuple(vdevs(spec.blocks).values()),
            ramdisk=ramdisk,
            native_tsc=place.has_steady_tsc,
        )

    async def _lend(self, place: Place, file: Path) -> str:
        """Give dom0 a large file as a disk, and return its path: memory has no room for it."""
        disk = open_read_only(file)
        self._exit_stack.callback(disk.close)
        self._lent.append(await place.plug_disk(disk))
        return self._lent[-1].path

    def _began(self, held: bool) -> None:
        if not held:
            self.owner.begin_run()
        self.owner.lifecycle.become(State.PAUSED if held else State.RUNNING)

    async def ready(self) -> None:
        """Wait until the guest runs or is held, or the domain was given up."""
        made = await self.process.made()
        self.owner.tell_others()  # who carries it is known now
        if not made:
            await self.over()

    async def look(self) -> None:
        """Take note of what others may have done to the domain: xl is not ours alone."""
        lifecycle = self.owner.lifecycle
        status = await self.process.status()
        if status and lifecycle.state in (State.RUNNING, State.PAUSED):
            lifecycle.become(State.PAUSED if status.is_paused else State.RUNNING)

    async def disconnect(self) -> None:
        """Take the disks away and end the networks; their ends in the lab go in their own time."""
        if place := self.process.place:
            for vbd in (*self._vbds, *self._lent):
                await _unplug(place, vbd)
            for vif in self._vifs:
                task = asyncio.create_task(_unplug(place, vif))
                _unplugging.add(task)
                task.add_done_callback(_unplugging.discard)
        await self.networks.end()

    def exit(self, evidence: guest_exits.Evidence) -> Exit:
        """Return how the guest ended, by its own word and Xen's."""
        domain = self.process
        return exits.exit_of(
            exits.Evidence(
                **vars(evidence),
                reason=domain.reason,
                xen_said=domain.xen_said,
                lost=domain.lost or (domain.trouble.what if domain.trouble else ""),
            )
        )

    def start_error(self) -> UnikernelError:
        """Return why the guest never ran."""
        if self.process.trouble:
            return self.process.trouble
        ended = self.owner.lifecycle.exit
        return BootFailed(f"{self.owner.name!r} did not start: {ended.message if ended else ''}.")


async def _unplug(place: Place, device: Vif | Vbd) -> None:
    if place.ended.done():
        return
    with contextlib.suppress(UnikernelError):
        await place.unplug(device)
