"""Network interfaces of dom0 that come and go: PCI devices, plugged into the running QEMU.

Each is alone in a bridge, where the guest's own device will join it:

    descriptor ── netdev ── virtio-net ── eth0 ┐
                                               ├ bridge ── vif1.0 ── the guest
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Literal

from unikernel.errors import LabUnavailable, QmpError
from unikernel.machines.qemu.netdev import OFFLOADS
from unikernel.machines.qemu.qmp import QmpSession
from unikernel.machines.xen.dom0 import Dom0

from .ports import NetPort

SLOTS = range(5, 32)  # of the PCI bus, behind what the command line has
_FOUND_MS = 20_000
_MTU = 1500

NetKind = Literal["socket", "tap"]


class Nets:
    """The network interfaces of one lab."""

    def __init__(
        self, qmp: QmpSession, dom0: Dom0, forget: Callable[[str], Awaitable[None]]
    ) -> None:
        """`forget(device)` has QEMU take a device away."""
        self._qmp = qmp
        self._dom0 = dom0
        self._forget = forget
        self._taken: set[int] = set()
        self._going: set[int] = set()  # of these, those that are being taken away
        # ACPI tells of all slots with something to do at once: a device that comes while another
        # goes has that asked for twice, and the second time ejects what is in the slot by then.
        self._hotplug = asyncio.Lock()

    async def plug(
        self, descriptor: int, *, kind: NetKind, mac: str, mtu: int, offload: bool
    ) -> NetPort:
        """Give dom0 an interface: see Lab.plug_net."""
        slot = next((one for one in SLOTS if one not in self._taken), 0)
        if not slot:
            raise LabUnavailable(
                f"The Xen lab has {len(SLOTS)} network devices, and takes no more.",
                hint="Stop a machine that is not needed.",
            )
        self._taken.add(slot)
        async with self._hotplug:
            try:
                await self._add(slot, descriptor, kind, _options(mac, mtu, offload=offload))
            except BaseException:
                self._taken.discard(slot)
                raise
            try:
                return await self._bridged(slot, mtu)
            except BaseException:
                await self._unplug(slot)
                raise

    async def _add(
        self, slot: int, descriptor: int, kind: NetKind, options: dict[str, object]
    ) -> None:
        netdev = f"net{slot}"
        await self._qmp.name_descriptor(descriptor, netdev)
        await self._qmp.execute("netdev_add", {"type": kind, "id": netdev, "fd": netdev})
        device = {"driver": "virtio-net-pci", "id": f"nic{slot}", "netdev": netdev}
        place = {"bus": "pci.0", "addr": f"{slot:#x}"}
        try:
            await self._qmp.execute("device_add", {**device, **place, **options})
        except BaseException:
            await self._qmp.execute("netdev_del", {"id": netdev})
            raise

    async def _bridged(self, slot: int, mtu: int) -> NetPort:
        pattern = f"/sys/bus/pci/devices/0000:00:{slot:02x}.0/virtio*/net/*"
        bridge = f"br{slot}"
        words = ("agent", "plug", bridge, str(mtu or _MTU), pattern, str(_FOUND_MS))
        done = await self._dom0.run(words)
        if done.status:
            detail = done.errors.decode(errors="replace")
            raise LabUnavailable("A network device did not appear in dom0.", detail=detail)
        return NetPort(slot, done.output.decode().strip(), bridge)

    async def unplug(self, port: NetPort) -> None:
        """Take an interface away, with its bridge; its slot is free when it is gone."""
        if port.number not in self._taken - self._going:
            return
        self._going.add(port.number)
        async with self._hotplug:
            await self._unplug(port.number)

    async def _unplug(self, slot: int) -> None:
        self._going.add(slot)
        await self._dom0.run(("agent", "unplug", f"br{slot}"))
        await self._forget(f"nic{slot}")
        with contextlib.suppress(QmpError):
            await self._qmp.execute("netdev_del", {"id": f"net{slot}"})
        self._taken.discard(slot)
        self._going.discard(slot)


def _options(mac: str, mtu: int, *, offload: bool) -> dict[str, object]:
    # Without a link state, whose changes Linux takes up to a second to act on.
    options: dict[str, object] = {"romfile": "", "status": False}
    options |= {"mac": mac} if mac else {}
    options |= {"host_mtu": mtu} if mtu else {}
    return options | ({} if offload else dict.fromkeys(OFFLOADS, False))
