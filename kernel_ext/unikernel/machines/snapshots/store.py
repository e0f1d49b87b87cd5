"""Where snapshots are: in the cache, one folder a machine, gone with the machine.

    <cache>/snapshots/<run folder's name>/<number>/
        facts.json   what it is
        memory       a copy of the guest's memory, with holes
        state        processor and devices (qcow2), under QEMU

The runtime folder, where all else of a machine is, lies in memory on most hosts. What a killed
owner leaves, the next snapshot of anybody takes away.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

from unikernel.errors import UsageError, did_you_mean
from unikernel.host.children import start_time
from unikernel.model.debugging.snapshots import Snapshot, read_snapshot
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.store import cache

MOST = 8  # of one machine
NAME_CHARACTERS = 80
_SPARE_BYTES = 64 << 20
_NAME = re.compile(r"\w[^/\\]*")


def of_machine(folder_name: str) -> tuple[Snapshot, ...]:
    """Return a machine's snapshots, the oldest first."""
    found = []
    place = _place(folder_name)
    if folder_name and place.is_dir():
        for folder in place.iterdir():
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):  # not whole yet
                found.append(read_snapshot(folder))
    return tuple(sorted(found, key=lambda one: one.taken_at))


def find(folder_name: str, machine: str, name: str) -> Snapshot:
    """Return a machine's snapshot of this name. Raises UsageError when there is none."""
    known = {one.name: one for one in of_machine(folder_name)}
    if name not in known:
        hint = did_you_mean(name, known) or f"snapshot save {visible(machine)} NAME takes one."
        raise UsageError(f"{machine!r} has no snapshot {visible(name)!r}.", hint=hint)
    return known[name]


def new_folder(folder_name: str, machine: str, name: str, size_bytes: int) -> Path:
    """Return an empty folder for a snapshot of so many bytes.

    Raises UsageError for a name that is taken or none, for one snapshot too many, and where the
    disk has no room.
    """
    known = of_machine(folder_name)
    if len(name) > NAME_CHARACTERS or visible(name) != name or not _NAME.fullmatch(name):
        raise UsageError(
            f"A snapshot's name is a short line of text, not {visible(name)[:90]!r}.",
            hint="It begins with a letter or digit, and has no slash in it: it is no file.",
        )
    if name in {one.name for one in known}:
        raise UsageError(
            f"{machine!r} has a snapshot {name!r} already.",
            hint="Take another name, or delete it: snapshot delete.",
        )
    if len(known) >= MOST:
        raise UsageError(
            f"{machine!r} has {MOST} snapshots, which is the most.",
            hint=f"Delete one: {', '.join(one.name for one in known)}.",
        )
    remove_stale()
    place = _place(folder_name)
    cache.make_folder(place)
    free = shutil.disk_usage(place).free
    if free < size_bytes + _SPARE_BYTES:
        raise UsageError(
            f"A snapshot may take {size_bytes >> 20:,} MiB, and {cache.root()} has room for "
            f"{max(0, free - _SPARE_BYTES) >> 20:,}."
        )
    numbers = [int(path.name) for path in place.iterdir() if path.name.isdecimal()]
    folder = place / str(max(numbers, default=0) + 1)
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Remove a snapshot's folder, or one that was begun."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_all(folder_name: str) -> None:
    """Remove all snapshots of a machine."""
    shutil.rmtree(_place(folder_name), ignore_errors=True)


def remove_stale() -> None:
    """Remove the snapshots of machines whose owner is gone, which is named first."""
    with contextlib.suppress(OSError):
        for place in (cache.root() / "snapshots").iterdir():
            owner = place.name.partition("-")[0]
            if owner.isdecimal() and start_time(int(owner)) is None:
                shutil.rmtree(place, ignore_errors=True)


def _place(folder_name: str) -> Path:
    return cache.root() / "snapshots" / folder_name
