"""Source: a disk's bytes by their place, read-only, whoever wrote them.

Everything above reads through here, so this is where a hostile image is bounded: no read goes
beyond the disk, and none is larger than a reader of headers has use for.
"""

from __future__ import annotations

import os
import struct

from . import qcow2

LARGEST_READ = 16 << 20
_ENTRY = struct.Struct(">Q")
_OFFSET = 0x00FF_FFFF_FFFF_FE00  # of a cluster, in an entry of a table
_COMPRESSED, _READS_AS_ZERO = 1 << 62, 1


class DamagedError(Exception):
    """What is on a disk contradicts itself or its size; says how."""


class Source:
    """A raw disk behind an open file, which stays the caller's."""

    def __init__(self, descriptor: int, size_bytes: int) -> None:
        self.descriptor = descriptor
        self.size_bytes = size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Return that many bytes from a place. Raises DamagedError for what is not there."""
        if offset < 0 or length < 0 or offset + length > self.size_bytes:
            raise DamagedError(
                f"{length:,} bytes at {offset:,} are asked for, beyond the end at "
                f"{self.size_bytes:,}"
            )
        if length > LARGEST_READ:
            raise DamagedError(f"{length:,} bytes are asked for at once")
        found = self._read(offset, length)
        return found + bytes(length - len(found))  # a file that was cut short reads as zeroes

    def within(self, offset: int, length: int) -> bytes:
        """Return the same, with zeroes for what is beyond the end: a disk on it may be larger."""
        here = max(0, min(length, self.size_bytes - offset))
        return (self.read(offset, here) if here else b"").ljust(length, b"\0")

    def _read(self, offset: int, length: int) -> bytes:
        return os.pread(self.descriptor, length, offset)


class Qcow2Source(Source):
    """A qcow2 image, whose guest may be writing to it (docs/interop/qcow2.txt of QEMU).

    Two tables lead from a cluster's number to its place in the file; what has none is that of
    `backing`, if there is one. Raises DamagedError.
    """

    def __init__(self, descriptor: int, backing: Source | None = None) -> None:
        header = qcow2.read(descriptor)
        super().__init__(descriptor, header.size_bytes)
        self._backing = backing
        self._cluster_bits = header.cluster_bits
        self._first_level = header.first_level

    def _read(self, offset: int, length: int) -> bytes:
        parts = []
        cluster = 1 << self._cluster_bits
        while length:
            within = offset % cluster
            take = min(cluster - within, length)
            place = self._place(offset >> self._cluster_bits)
            if place is None and self._backing:
                parts.append(self._backing.within(offset, take))
            else:
                data = os.pread(self.descriptor, take, place + within) if place else b""
                parts.append(data.ljust(take, b"\0"))
            offset, length = offset + take, length - take
        return b"".join(parts)

    def _place(self, number: int) -> int | None:
        """Return where a cluster is in the file; 0 for one of zeroes, None for none."""
        in_table = self._cluster_bits - 3  # entries have 8 bytes
        table = self._entry(self._first_level + 8 * (number >> in_table)) & _OFFSET
        if not table:
            return None
        entry = self._entry(table + 8 * (number & ((1 << in_table) - 1)))
        if entry & _COMPRESSED:
            raise DamagedError("it has compressed parts, which only QEMU reads")
        return 0 if entry & _READS_AS_ZERO else entry & _OFFSET or None

    def _entry(self, offset: int) -> int:
        data = os.pread(self.descriptor, _ENTRY.size, offset)
        return int(_ENTRY.unpack(data.ljust(_ENTRY.size, b"\0"))[0])
