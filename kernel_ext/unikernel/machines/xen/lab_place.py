"""The lab of this process as a place for domains.

Each device of a guest is one of the outer QEMU's: a network interface in a bridge of its own, which
the guest's vif joins; a disk, which dom0's block back end passes on.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal
from weakref import WeakKeyDictionary

from unikernel.disks import Disk
from unikernel.machines.qemu import hypervisor
from unikernel.machines.xen.lab.devices.ports import DiskPort, NetPort
from unikernel.machines.xen.lab.lab import Lab
from unikernel.model.measurement import Scalar
from unikernel.networks.backend import Backend

from .place import Place
from .xl.config import Vbd, Vif

_versions: WeakKeyDictionary[Lab, dict[str, Scalar]] = WeakKeyDictionary()


class LabPlace(Place):
    """A lab. One object each for every machine, which knows what it has plugged in."""

    # Xen sees no invariant TSC there, which TCG does not claim, and so would emulate each RDTSC of
    # a guest. There is one processor, whose counter QEMU keeps steady, held or not.
    has_steady_tsc = True

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.dom0 = lab.dom0
        self.pid = lab.pid
        self.ended = lab.ended
        self._ports: dict[Vif | Vbd, NetPort | DiskPort] = {}

    @property
    def lost(self) -> str:
        """Why it is gone, once it has ended."""
        status = self.ended.result() if self.ended.done() and not self.ended.cancelled() else 0
        if status < 0:
            return f"QEMU was killed by {signal.Signals(-status).name}, and Xen in it"
        return f"QEMU has ended with status {status}, and Xen in it"

    def give_up(self, why: str) -> None:
        """Have the next domain in another lab; this one goes when nothing uses it any more."""
        self._lab.retire(why)

    def in_use(self) -> AbstractAsyncContextManager[None]:
        """Keep it running meanwhile."""
        return self._lab.in_use()

    async def qmp(self, command: str, arguments: Mapping[str, Any] | None) -> object:
        """Ask the lab's QEMU."""
        return await self._lab.qmp.execute(command, arguments)

    async def versions(self) -> dict[str, Scalar]:
        """Return the versions of what the lab consists of."""
        if self._lab not in _versions:
            program = hypervisor.find("The Xen lab")
            own: dict[str, Scalar] = {"xen": self._lab.version, "qemu": hypervisor.version(program)}
            _versions[self._lab] = own | await super().versions()
        return _versions[self._lab]

    async def plug_net(self, backend: Backend) -> Vif:
        """Bring a network there, in a bridge of its own."""
        network = backend.network
        assert backend.descriptor is not None
        kind: Literal["tap", "socket"] = "tap" if backend.kind == "tap" else "socket"
        port = await self._lab.plug_net(
            backend.descriptor, kind=kind, mtu=network.mtu or 0, offload=network.offload
        )
        vif = Vif(port.bridge, network.mac or "", network.mtu)
        self._ports[vif] = port
        return vif

    async def plug_disk(self, disk: Disk) -> Vbd:
        """Bring a disk there."""
        port = await self._lab.plug_disk(disk)
        vbd = Vbd(port.path, disk.block.read_only)
        self._ports[vbd] = port
        return vbd

    async def unplug(self, device: Vif | Vbd) -> None:
        """Take a device away."""
        port = self._ports.pop(device, None)
        if port:
            await self._lab.unplug(port)
