"""Taking snapshots of a machine of this process, going back to one, forgetting one.

    running ── held ── memory copied, state saved ── let go ──▶ running
       └────── held ── state loaded ──────────────── let go ──▶ running, as it was then

Clocks go by the world's time afterwards (docs/decisions/018-time-after-pauses.md), and whoever
talked to the guest finds that it has forgotten: its TCP resets connections that are newer.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.host.shielded import shielded
from unikernel.host.threads import in_thread
from unikernel.model.debugging.snapshots import Snapshot
from unikernel.model.state import State

from . import memory, store
from .memory import Source

if TYPE_CHECKING:
    from unikernel.machines.core.owned import OwnerSide

_HELD = (State.PAUSED, State.PANICKED)


@dataclass(frozen=True)
class Saved:
    """What a driver saved: where memory is, the stack pointer, and by which tag it goes back."""

    pid: int
    sources: tuple[Source, ...]
    stack_pointer: int
    tag: str = ""


async def save(side: OwnerSide, name: str) -> Snapshot:
    """Take a snapshot. Raises WrongState, UsageError, QmpError."""
    side.lifecycle.require("saved", State.RUNNING, *_HELD)
    side.driver.check_save(side)
    most_bytes = 2 * side.spec.memory_mib << 20
    assert side.folder
    folder = store.new_folder(side.folder.path.name, side.name, name, most_bytes)
    try:
        async with _held(side, "saved"):
            return await _save(side, name, folder)
    except BaseException:
        store.remove(folder)
        raise


async def _save(side: OwnerSide, name: str, folder: Path) -> Snapshot:
    saved = await side.driver.save(side, folder)
    file = folder / "memory"
    copying = in_thread(lambda: memory.copy(saved.pid, saved.sources, file), "snapshot")
    snapshot = Snapshot(
        name,
        side.name,
        folder,
        time.time(),
        await shielded(copying),
        saved.stack_pointer,
        side.image.debug_path,
        saved.tag,
        _disks(side),
    )
    snapshot.write()
    return snapshot


async def restore(side: OwnerSide, name: str) -> None:
    """Bring the machine back to a snapshot, and let it go on unless it was paused.

    Raises WrongState, UsageError, QmpError.
    """
    side.lifecycle.require("restored", State.RUNNING, *_HELD)
    snapshot = _find(side, name)
    if not snapshot.can_be_restored:
        raise UsageError(
            f"{side.name!r} is a process: of its snapshots there is the memory, to be compared. "
            "Linux takes a process back to nowhere.",
            hint="Under QEMU it can be restored: build -t virtio.",
        )
    if snapshot.disks != _disks(side):
        raise UsageError(
            f"{side.name!r} has other disks than when {name!r} was saved.",
            hint="Attach those again: disk attach.",
        )
    was_paused = side.lifecycle.state is State.PAUSED
    async with _held(side, "restored", goes_on=not was_paused):
        await side.driver.load(side, snapshot.tag)
        side.console.note(f"{side.name}: as it was at {name}")


async def delete(side: OwnerSide, name: str) -> None:
    """Forget a snapshot. Raises UsageError for one that there is not."""
    snapshot = _find(side, name)
    if snapshot.can_be_restored and side.lifecycle.exit is None:
        await side.driver.forget(side, snapshot.tag)
    store.remove(snapshot.folder)


def _find(side: OwnerSide, name: str) -> Snapshot:
    assert side.folder
    return store.find(side.folder.path.name, side.name, name)


def _disks(side: OwnerSide) -> dict[str, str]:
    return {device: str(block) for device, block in side.spec.blocks.items()}


@contextlib.asynccontextmanager
async def _held(
    side: OwnerSide, action: str, *, goes_on: bool | None = None
) -> AsyncIterator[None]:
    """Hold the machine in this block; afterwards it goes on as it did before, or as `goes_on`."""
    running = side.lifecycle.state is State.RUNNING
    if running:
        await side.driver.pause(side)
    try:
        with side.lifecycle.occupied(action, *_HELD):
            yield
    except BaseException:
        goes_on = running
        raise
    finally:
        if (running if goes_on is None else goes_on) and side.lifecycle.exit is None:
            await side.driver.resume(side)
