"""Disks of dom0 that come and go: SCSI disks, plugged into the running QEMU.

the disk's files ── blockdev (raw, qcow2) ── scsi-hd ── /dev/sda of dom0 ── the block back end
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from unikernel.disks import Disk
from unikernel.errors import LabUnavailable, QmpError
from unikernel.machines.qemu.blockdev import device_name, device_node, disk_node
from unikernel.machines.qemu.qmp import QmpSession
from unikernel.machines.xen.dom0 import Dom0

from .ports import DiskPort

TARGETS = range(128)  # of virtio-scsi, which knows 256
_FOUND_MS = 20_000


class Disks:
    """The disks of one lab."""

    def __init__(
        self, qmp: QmpSession, dom0: Dom0, forget: Callable[[str], Awaitable[None]]
    ) -> None:
        """`forget(device)` has QEMU take a device away."""
        self._qmp = qmp
        self._dom0 = dom0
        self._forget = forget
        self._sets: dict[int, list[int]] = {}  # QEMU's descriptors, by target
        self._going: set[int] = set()  # targets whose disks are being taken away

    async def plug(self, disk: Disk) -> DiskPort:
        """Give dom0 a disk: see Lab.plug_disk."""
        target = next((one for one in TARGETS if one not in self._sets), None)
        if target is None:
            raise LabUnavailable(f"The Xen lab has {len(TARGETS)} disks, and takes no more.")
        sets = self._sets[target] = []
        try:
            for descriptor in disk.descriptors:
                sets.append(await self._qmp.add_descriptor(descriptor))  # noqa: PERF401
            node = device_node(target, disk.block, disk_node(disk.block, sets))
            await self._qmp.execute("blockdev-add", node)
            await self._qmp.execute("device_add", _device(target))
            return await self._found(target)
        except BaseException:
            await self.unplug(DiskPort(target, ""))
            raise

    async def _found(self, target: int) -> DiskPort:
        pattern = f"{_place(target)}/block/*"
        done = await self._dom0.run(("agent", "await", pattern, str(_FOUND_MS)))
        if done.status:
            detail = done.errors.decode(errors="replace")
            raise LabUnavailable("A disk did not appear in dom0.", detail=detail)
        return DiskPort(target, f"/dev/{done.output.decode().strip().rpartition('/')[2]}")

    async def unplug(self, port: DiskPort) -> None:
        """Take a disk away; what dom0 has written to it is the host's before that."""
        sets = self._sets.get(port.number)
        if sets is None or port.number in self._going:
            return
        self._going.add(port.number)
        # What is missing was never there: a disk that was plugged in half is unplugged, too.
        await self._dom0.run(("sh", "-c", f"echo 1 >{_place(port.number)}/delete"))
        with contextlib.suppress(QmpError):
            await self._forget(f"block{port.number}")
        with contextlib.suppress(QmpError):
            await self._qmp.execute("blockdev-del", {"node-name": device_name(port.number)})
        await self._close(sets)
        del self._sets[port.number]  # the target is free only now
        self._going.discard(port.number)

    async def _close(self, sets: Sequence[int]) -> None:
        for number in sets:
            with contextlib.suppress(QmpError):
                await self._qmp.execute("remove-fd", {"fdset-id": number})


def _place(target: int) -> str:
    return f"/sys/bus/scsi/devices/0:0:{target}:0"


def _device(target: int) -> dict[str, object]:
    place = {"bus": "scsi.0", "channel": 0, "scsi-id": target, "lun": 0}
    device = {"driver": "scsi-hd", "id": f"block{target}", "drive": device_name(target)}
    return {**device, **place, "werror": "report", "rerror": "report"}
