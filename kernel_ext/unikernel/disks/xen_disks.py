"""Disks as Xen counts them: xvda, xvdb ... (xen: docs/man/xen-vbd-interface.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from string import ascii_lowercase

_NAME = re.compile(r"xvd([a-z]{1,3})(\d{0,3})", re.ASCII)
_FIRST = 1  # as in MirageOS: xvda is left to a disk that something boots from
_SHORT_DISKS = 16


def vdevs(devices: Iterable[str]) -> dict[str, str]:
    """Return which disk of Xen's each of an image's block devices is, in the order of the disks.

    A device that is called as a disk, as those of block_of_xenstore_id are, is that one; the others
    have xvdb, xvdc ... in their order, as far as these are free. The guest finds its disks by their
    numbers: it is told its devices in the order of what is returned.
    """
    names = tuple(devices)
    chosen = {name: name for name in names if _NAME.fullmatch(name)}
    taken = {_disk(name) for name in chosen}
    free = (disk for disk in count(_FIRST) if disk not in taken)
    chosen |= {name: f"xvd{letters(next(free))}" for name in names if name not in chosen}
    return dict(sorted(chosen.items(), key=lambda each: number(each[1])))


def number(vdev: str) -> int:
    """Return the number by which xenstore knows a disk: 51712 for xvda. Raises ValueError."""
    found = _NAME.fullmatch(vdev)
    if found is None:
        raise ValueError(vdev)
    disk, partition = _disk(vdev), int(found[2] or 0)
    if disk < _SHORT_DISKS and partition < _SHORT_DISKS:
        return 202 << 8 | disk << 4 | partition
    return 1 << 28 | disk << 8 | partition


def _disk(vdev: str) -> int:
    """Return which disk it is, or is a partition of: 0 for xvda, 26 for xvdaa."""
    total = 0
    for letter in vdev.removeprefix("xvd").rstrip("0123456789"):
        total = total * len(ascii_lowercase) + ascii_lowercase.index(letter) + 1
    return total - 1


def letters(disk: int) -> str:
    """Return how the names of disks end: a for the first, number 0, and aa for number 26."""
    rest, last = divmod(disk, len(ascii_lowercase))
    return (letters(rest - 1) if rest else "") + ascii_lowercase[last]
