"""Disk: a block device's disk, opened. Everything is looked at through the descriptor.

We open files ourselves, and guests' carriers inherit descriptors: between what was checked and what
is used nothing can be exchanged, and QEMU opens no path that a file names. A fresh disk has no name
at all: with the last descriptor the kernel takes it away, however its machine ended.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from unikernel.errors import DiskUnavailable
from unikernel.model.block import SECTOR_BYTES, Block, size_text
from unikernel_toolchain.messages.visible import visible

from . import locks, qcow2, temporary
from .refused import doing, refused


@dataclass
class Disk:
    """An open disk: the block it was asked by, with its size, and the descriptors of its files.

    The second is a snapshot's: an empty qcow2 image for what is written.
    """

    block: Block
    descriptors: tuple[int, ...]

    @property
    def descriptor(self) -> int:
        """Of the file that holds the disk, or what it began with."""
        return self.descriptors[0]

    def close(self) -> None:
        """Let go of it; no error if that was done."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()

    def give_up(self) -> None:
        """Let go of it, and of the claim on its file for all who have inherited it."""
        for descriptor in self.descriptors:
            locks.release(descriptor)
        self.close()


def open_disks(
    blocks: Mapping[str, Block],
    *,
    private: bool = False,
    beside: Mapping[str, Block] = MappingProxyType({}),
) -> dict[str, Disk]:
    """Return the opened disk of every device; may read and write for a while.

    With `private` a snapshot is copied here, for guests whose carrier copies nothing on write.
    `beside` are the disks that the machine has already. Raises DiskUnavailable; nothing is left
    open or made then.
    """
    _refuse_twice({**beside, **blocks})
    disks: dict[str, Disk] = {}
    with contextlib.ExitStack() as opened:
        for device, block in blocks.items():
            try:
                disks[device] = _opened(device, block, private=private)
            except OSError as problem:
                raise refused(device, block, problem) from problem
            opened.callback(disks[device].close)
        opened.pop_all()
    return disks


def open_read_only(file: Path) -> Disk:
    """Return a file of ours, of whatever size, as a disk to read. Raises OSError."""
    return Disk(Block(str(file), read_only=True, format="raw"), (os.open(file, os.O_RDONLY),))


def _opened(device: str, block: Block, *, private: bool) -> Disk:
    if block.empty:
        return Disk(block, (_nothing(block),))
    if block.is_fresh:
        return Disk(block, (temporary.file(block.size_bytes),))
    descriptor = _open_file(block)
    try:
        size = _checked_size(device, block, descriptor)
        _lock(device, block, descriptor)
        block = replace(block, size_bytes=size)
        if not block.snapshot:
            return Disk(block, (descriptor,))
        if not private:
            return Disk(block, (descriptor, temporary.overlay(size)))
        copied = temporary.copy(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return Disk(block, (copied,))


def _nothing(block: Block) -> int:
    """Return the descriptor of a file of no bytes, which stands for a disk that is not there."""
    descriptor = temporary.file(0)
    if not block.read_only:
        return descriptor
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(descriptor)


def _open_file(block: Block) -> int:
    """Open a disk's file, and make it where it is to be made.

    O_NONBLOCK: a FIFO is told as what it is, and not waited for.
    """
    flags = (os.O_RDWR if block.is_kept else os.O_RDONLY) | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(block.file, flags)
    except FileNotFoundError:
        if not (block.is_kept and block.size_bytes):
            raise
    descriptor = os.open(block.file, flags | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if block.format == "qcow2":
            qcow2.create(descriptor, block.size_bytes)
        else:
            os.ftruncate(descriptor, block.size_bytes)
    except BaseException:
        os.close(descriptor)
        Path(block.file).unlink(missing_ok=True)
        raise
    return descriptor


def _checked_size(device: str, block: Block, descriptor: int) -> int:
    """Return the size of a disk in bytes. Raises DiskUnavailable for what is no disk."""
    size = _size(device, block, descriptor)
    what = doing(device, block)
    if size % SECTOR_BYTES or not size:
        raise DiskUnavailable(
            f"{what}: it has {size:,} bytes, which is no number of sectors.",
            hint=f"A disk is sectors of {SECTOR_BYTES} bytes. To fill it up: "
            f"truncate -s {-(-max(size, 1) // SECTOR_BYTES) * SECTOR_BYTES} FILE",
        )
    if block.size_bytes not in (0, size):
        raise DiskUnavailable(
            f"{what}: it has {size_text(size)}, not {size_text(block.size_bytes)}.",
            hint="Leave the size out, or name a file that is not there: it is made.",
        )
    return size


def _size(device: str, block: Block, descriptor: int) -> int:
    found = os.fstat(descriptor)
    kind = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a character device"}
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISBLK(found.st_mode)):
        raise DiskUnavailable(
            f"{doing(device, block)}: it is {kind.get(stat.S_IFMT(found.st_mode), 'no file')}.",
            hint="A disk is a file. A folder of the host becomes a disk by mkfs.fat and mcopy, "
            "or by tar.",
        )
    if block.format == "qcow2":
        try:
            return qcow2.read(descriptor).size_bytes
        except qcow2.NotUsableError as problem:
            raise DiskUnavailable(
                f"{doing(device, block)}: {problem}.",
                hint="To make one file of it: qemu-img convert -O qcow2 OLD NEW. "
                "A raw file says so: FILE,format=raw",
            ) from None
    size = os.lseek(descriptor, 0, os.SEEK_END)  # of a block device, too
    os.lseek(descriptor, 0, os.SEEK_SET)
    return size


def _lock(device: str, block: Block, descriptor: int) -> None:
    if locks.take(descriptor, write=block.is_kept):
        return
    use = "writes to it" if not block.is_kept else "uses it"
    raise DiskUnavailable(
        f"{doing(device, block)}: another machine or program {use}.",
        hint="Stop that one first (ps lists machines), or copy the file.",
    )


def _refuse_twice(blocks: Mapping[str, Block]) -> None:
    """Raise DiskUnavailable for a file behind two devices, one of which writes to it.

    The locks would tell, too, but not which two.
    """
    seen: dict[str, str] = {}
    for device, block in blocks.items():
        other = seen.setdefault(os.path.realpath(block.file), device) if block.file else device
        if other != device and (block.is_kept or blocks[other].is_kept):
            raise DiskUnavailable(
                f"{other!r} and {device!r} are both on {visible(block.file)}, "
                "and one would overwrite what the other has.",
                hint="Give each a file of its own, or let both only read it: FILE,ro",
            )
