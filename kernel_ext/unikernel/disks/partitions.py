"""Partition tables: MBR with logical partitions, and GPT (UEFI 2.10, chapter 5).

Of a table only its first hundred partitions are told, and a chain of logical ones ends there too.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from .source import DamagedError, Source

SECTOR = 512
MOST = 100
_EXTENDED = (0x05, 0x0F, 0x85)
_PROTECTIVE = 0xEE  # the one partition of the MBR before a GPT
_GPT_HEADER = struct.Struct("<8s4I4Q16sQ3I")
_GPT_ENTRY = struct.Struct("<16s16sQQQ72s")


@dataclass(frozen=True)
class Partition:
    """A part of a disk: which it is, where it lies, and its type as the table says it."""

    number: int
    offset_bytes: int
    size_bytes: int
    type: str
    name: str = ""


class Part(Source):
    """A partition, as a disk of its own. Raises DamagedError for one that leaves the disk."""

    def __init__(self, whole: Source, partition: Partition) -> None:
        super().__init__(whole.descriptor, partition.size_bytes)
        self._whole = whole
        self._offset = partition.offset_bytes
        whole.read(self._offset, 0)

    def _read(self, offset: int, length: int) -> bytes:
        return self._whole.read(self._offset + offset, length)


def table(source: Source) -> tuple[str, tuple[Partition, ...]]:
    """Return the kind of a disk's partition table, "" for none, and the partitions.

    Raises DamagedError.
    """
    if source.size_bytes < 2 * SECTOR or source.read(510, 2) != b"\x55\xaa":
        return "", ()
    entries = list(_mbr(source, 0))
    if any(kind == _PROTECTIVE for kind, _, _ in entries):
        return "GPT", tuple(_gpt(source))
    if not any(kind for kind, _, _ in entries) or any(
        status not in (0, 0x80) for status in source.read(446, 64)[::16]
    ):
        return "", ()
    return "MBR", tuple(_numbered(source, entries))


def _mbr(source: Source, sector: int) -> Iterator[tuple[int, int, int]]:
    """Yield type, first sector and number of sectors of the four entries."""
    data = source.read(sector * SECTOR + 446, 64)
    for at in range(0, 64, 16):
        start, count = struct.unpack_from("<II", data, at + 8)
        yield data[at + 4], start, count


def _numbered(source: Source, entries: list[tuple[int, int, int]]) -> Iterator[Partition]:
    for number, (kind, start, count) in enumerate(entries, 1):
        if kind in _EXTENDED:
            yield from _logical(source, start)
        elif kind and count:
            yield _partition(number, start, count, kind)


def _logical(source: Source, extended: int) -> Iterator[Partition]:
    """Yield the logical partitions, each of which names where the next is described."""
    at = extended
    for number in range(5, MOST):
        if (at + 1) * SECTOR > source.size_bytes:
            return
        (kind, start, count), (_, following, more), *_ = _mbr(source, at)
        if kind and count:
            yield _partition(number, at + start, count, kind)
        if not more:
            return
        at = extended + following


def _partition(number: int, start: int, count: int, kind: int) -> Partition:
    return Partition(number, start * SECTOR, count * SECTOR, f"{kind:#04x}")


def _gpt(source: Source) -> Iterator[Partition]:
    header = _GPT_HEADER.unpack(source.read(SECTOR, _GPT_HEADER.size))
    at, count, size = header[10], header[11], header[12]
    if header[0] != b"EFI PART" or not _GPT_ENTRY.size <= size <= 4096:
        raise DamagedError("the GPT has no header that makes sense")
    for number in range(1, min(count, MOST) + 1):
        entry = source.read(at * SECTOR + (number - 1) * size, _GPT_ENTRY.size)
        kind, _, first, last, _, name = _GPT_ENTRY.unpack(entry)
        if any(kind) and last >= first:
            text = name.decode("utf-16-le", "replace").partition("\0")[0]
            length = (last - first + 1) * SECTOR
            yield Partition(number, first * SECTOR, length, str(uuid.UUID(bytes_le=kind)), text)
