"""What there is of the Xen lab, and what is missing, without making anything."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools import locate

from .choice import chosen

_NEEDED = ("apt-get", "dpkg-deb", "qemu-system-x86_64", "gcc")


@dataclass(frozen=True)
class Inventory:
    """The snapshots that are whole, what is wrong with others, and what cannot be done without.

    `xen_version` is that of the packages chosen last, "" before that; `disk_bytes` is what all of
    the lab takes.
    """

    whole: int
    damage: str
    missing: tuple[str, ...]
    xen_version: str
    disk_bytes: int


def take() -> Inventory:
    """Look at the cache and at this host's programs."""
    folders = [state.parent for state in cache.finished("xen/*/state")]
    found = {folder: integrity.damage_as_remembered(folder) for folder in folders}
    choice = chosen()
    return Inventory(
        whole=sum(not damage for damage in found.values()),
        damage=next(filter(None, found.values()), ""),
        missing=_missing(),
        xen_version=choice.xen_version if choice else "",
        disk_bytes=sum(_disk_bytes(path) for path in (cache.root() / "xen").rglob("*")),
    )


def _missing() -> tuple[str, ...]:
    programs = [name for name in _NEEDED if not (locate.find(name) or shutil.which(name))]
    try:
        locate.musl()
    except ToolMissing:
        programs.append("musl")
    return tuple(programs)


def _disk_bytes(path: Path) -> int:
    return path.lstat().st_blocks * 512  # stat(2): holes take none
