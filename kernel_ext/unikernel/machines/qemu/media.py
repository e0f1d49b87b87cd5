"""Media: the disks behind the block devices of a QEMU of ours, exchanged while it runs.

QMP's blockdev-reopen gives a device's node another one below it. It waits for the requests that are
under way, brings what was written to the old disk to the host's, fails where that fails, and
lets requests in again (QEMU, "Live Block Device Operations" and qapi/block-core.json). So each
request is either done by the old disk, and survives what a flush survives, or finds the new one.

The guest hears of it by block_resize to the size that the disk has anyway: virtio-blk then raises
its configuration interrupt. A device that is only read refuses that; its guest finds out when it
asks for something, and has nothing to write to a wrong disk.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unikernel.disks import Disk
from unikernel.errors import QmpError

from .blockdev import device_name, device_node, disk_node
from .qmp import QmpSession


@dataclass(frozen=True)
class _Medium:
    """A disk that QEMU has: its node, "" for one of the command line, and its descriptors."""

    node: str
    sets: Sequence[int]


class Media:
    """The disks of one QEMU, by the numbers of their devices."""

    def __init__(self, session: QmpSession, disks: Mapping[str, Disk]) -> None:
        """`disks` are those of the command line, in the order of their devices."""
        self._session = session
        self._serial = itertools.count(1)
        self._media = [_Medium("", disk.descriptors) for disk in disks.values()]

    async def exchange(self, number: int, disk: Disk) -> None:
        """Put a disk behind device `number` in the place of the one there.

        Raises QmpError when QEMU refuses; the old one is still there then.
        """
        new = await self._open(disk)
        try:
            node = device_node(number, disk.block, new.node)
            await self._session.execute("blockdev-reopen", {"options": [node]})
        except QmpError:
            await self._close(new)
            raise
        old, self._media[number] = self._media[number], new
        if not disk.block.read_only:
            with contextlib.suppress(QmpError):  # a guest that is not told finds out by itself
                await self.resize(number, disk.block.size_bytes)
        await self._close(old)

    async def resize(self, number: int, size_bytes: int) -> None:
        """Give the disk of device `number` another size, and tell the guest. Raises QmpError."""
        arguments = {"node-name": device_name(number), "size": size_bytes}
        await self._session.execute("block_resize", arguments)

    async def _open(self, disk: Disk) -> _Medium:
        new = _Medium(f"medium{next(self._serial)}", sets := [])
        try:
            for descriptor in disk.descriptors:
                sets.append(await self._session.add_descriptor(descriptor))  # noqa: PERF401
            node = {"node-name": new.node, **disk_node(disk.block, sets)}
            await self._session.execute("blockdev-add", node)
        except QmpError:
            await self._forget(sets)
            raise
        return new

    async def _close(self, medium: _Medium) -> None:
        """Have QEMU let go of a disk; one of the command line went with its place."""
        if medium.node:
            await self._session.execute("blockdev-del", {"node-name": medium.node})
        await self._forget(medium.sets)

    async def _forget(self, sets: Sequence[int]) -> None:
        """Have QEMU close descriptors; it has done so with those that nothing used."""
        for number in sets:
            with contextlib.suppress(QmpError):
                await self._session.execute("remove-fd", {"fdset-id": number})
