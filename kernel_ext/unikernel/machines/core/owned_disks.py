"""The open disks of a machine of ours, from before its start until after its end.

While it runs they are exchanged one at a time. A change that has begun is carried through whatever
becomes of its caller: QEMU and this list always agree on what is behind a device. Where QEMU's
answer is missing, both disks stay open, and nobody else's, until the machine has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from unikernel.disks import Disk, open_disks
from unikernel.errors import DiskUnavailable, HypervisorLost, HypervisorSilent, QmpError
from unikernel.model.block import Block
from unikernel.model.state import State

from .disk_change import DiskChange

if TYPE_CHECKING:
    from .owned import OwnerSide

_CHANGEABLE = (State.RUNNING, State.PAUSED, State.PANICKED)


class OwnedDisks:
    """The disks by device. Runs on the event loop."""

    def __init__(self, owner: OwnerSide) -> None:
        self._owner = owner
        self._changing = asyncio.Lock()
        self._unclear: list[Disk] = []  # which QEMU may have or not
        self._is_over = False
        self.by_device: dict[str, Disk] = {}

    @property
    def blocks(self) -> dict[str, Block]:
        """What stands behind each device, with its size."""
        return {device: disk.block for device, disk in self.by_device.items()}

    async def open(self, blocks: Mapping[str, Block]) -> dict[str, Disk]:
        """Open disks beside those there are; copying one may take its time."""
        private = not self._owner.driver.has_snapshots
        opening = asyncio.create_task(
            asyncio.to_thread(open_disks, blocks, private=private, beside=self.blocks)
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:  # the thread goes on, and what it opens is nobody's
            opening.add_done_callback(_close_opened)
            raise

    def close(self) -> None:
        """Let go of all of them, and of one that is about to come."""
        self._is_over = True
        for disk in (*self.by_device.values(), *self._unclear):
            disk.close()
        self._unclear.clear()

    async def change(self, change: DiskChange) -> None:
        """Attach, detach or resize. Raises WrongState, DiskUnavailable and UsageError."""
        async with self._changing:
            self._owner.driver.check_exchange(self._owner)
            self._owner.lifecycle.require("given another disk", *_CHANGEABLE)
            now = self.by_device[change.device].block
            change.check(self._owner.name, now)
            if change.action == "resize":
                await self._resize(change)
            else:
                block = change.disk or Block(empty=True, read_only=now.read_only)
                await self._exchange(change, block)

    async def _exchange(self, change: DiskChange, block: Block) -> None:
        device = change.device
        new = (await self.open({device: block}))[device]
        try:
            with _told(change):
                await self._owner.driver.exchange_disk(self._owner, device, new)
        except (HypervisorLost, HypervisorSilent):
            self._unclear.append(new)
            raise
        except BaseException:
            new.close()
            raise
        else:
            self.by_device[device].give_up()  # QEMU may hold it a little longer, unused
            self.by_device[device] = new
        finally:
            if self._is_over:  # the machine ended meanwhile
                new.close()

    async def _resize(self, change: DiskChange) -> None:
        with _told(change):
            await self._owner.driver.resize_disk(self._owner, change.device, change.size_bytes)
        disk = self.by_device[change.device]
        disk.block = replace(disk.block, size_bytes=change.size_bytes)


@contextmanager
def _told(change: DiskChange) -> Iterator[None]:
    """Raise QEMU's refusal as one of a disk."""
    try:
        yield
    except QmpError as problem:
        raise DiskUnavailable(
            f"The disk of the block device {change.device!r} cannot be "
            f"{change.action.removesuffix('e')}ed: {problem.what}",
            hint="Everything is as it was before.",
        ) from problem


def _close_opened(opening: asyncio.Task[dict[str, Disk]]) -> None:
    if not opening.cancelled() and not opening.exception():
        for disk in opening.result().values():
            disk.close()
