"""How a machine's disks look, as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.model.block import size_text
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from unikernel.machines import Machine
    from unikernel.model.block import Block


def disks_text(machine: Machine) -> str:
    """Return what a line about a running machine says of its disks; "" when it has none."""
    if machine.exit:
        return ""
    return "".join(
        f", {name} without a disk" if disk.empty else f", {name} on {disk_text(disk)}"
        for name, disk in machine.disks.items()
    )


def disks_summary(machine: Machine) -> str:
    """Return the disks in short, such as "storage 64M, data 1G read-only"."""
    return ", ".join(f"{name} {_short(disk)}" for name, disk in machine.disks.items())


def disk_text(disk: Block, *, is_removed: bool = False) -> str:
    """Return what is behind a device, such as "disk.img (64M, read-only)".

    A disk whose file `is_removed` is not said to be kept.
    """
    if disk.empty:
        return f"no disk{' (read-only)' if disk.read_only else ''}"
    if disk.is_fresh:
        return f"a fresh disk ({size_text(disk.size_bytes)}, thrown away)"
    size = [size_text(disk.size_bytes)] if disk.size_bytes else []
    fate = "its file was removed" if is_removed else _fate(disk)
    return f"{visible(_relative(disk.file))} ({', '.join([*size, fate])})"


def _short(disk: Block) -> str:
    if disk.empty:
        return "empty"
    size = size_text(disk.size_bytes) if disk.size_bytes else ""
    return " ".join(filter(None, (size, "" if disk.is_kept else _fate(disk))))


def _fate(disk: Block) -> str:
    """Return what becomes of what the guest writes."""
    if disk.read_only:
        return "read-only"
    return "kept" if disk.is_kept else "thrown away"


def _relative(path: str) -> str:
    """Return a path as seen from the working folder, if it is in there."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
