"""FAT12, FAT16 and FAT32, read-only (Microsoft: FAT32 File System Specification, 1.03; ECMA-107).

A table has an entry for each cluster, which names the next of its file. Nothing in it is believed:
a chain has at most as many clusters as there are, a folder at most 65,536 entries, and none is
entered twice, so that chains and folders that run in circles end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from .fat_names import Names
from .source import DamagedError, Source
from .volume import MOST_ENTRIES, PIECE_BYTES, Entry, NotThisKindError, Volume

_BPB = struct.Struct("<HBHBHHBH8xI")  # section 3.1, from byte 11
_ENTRY_BYTES = 32
_MOST_IN_FOLDER = 65_536
_DEEPEST = 64
_MOST_LOOKED_AT = 2_000_000  # entries of all folders, deleted ones too
_FOLDER, _LABEL, _LONG_NAME = 0x10, 0x08, 0x0F
_ROOT = 0  # the number that stands for the root folder of FAT12 and FAT16, which has no clusters


class FatVolume(Volume):
    """A FAT file system that is all of a source."""

    kind = "FAT"

    def __init__(self, source: Source) -> None:
        """Read the boot sector. Raises NotThisKindError and DamagedError."""
        boot = source.read(0, min(512, source.size_bytes)).ljust(512, b"\0")
        sector, per_cluster, reserved, tables, in_root, total, media, table, large = (
            _BPB.unpack_from(boot, 11)
        )
        if not (
            boot[510:] == b"\x55\xaa"
            and sector in (512, 1024, 2048, 4096)
            and per_cluster in (1, 2, 4, 8, 16, 32, 64, 128)
            and reserved
            and tables in (1, 2)
            and media >= 0xF0
        ):
            raise NotThisKindError("there is no FAT boot sector")
        table = table or struct.unpack_from("<I", boot, 36)[0]
        self._source = source
        self._looked_at = 0
        self._table = reserved * sector
        self._root = self._table + tables * table * sector
        self._root_bytes = in_root * _ENTRY_BYTES
        self._data = self._root + -(-self._root_bytes // sector) * sector
        self._cluster = sector * per_cluster
        self._clusters = ((total or large) * sector - self._data) // self._cluster
        self._bits = 12 if self._clusters < 4085 else 16 if self._clusters < 65_525 else 32
        self._check(table * sector)
        self._first = _ROOT if self._bits < 32 else struct.unpack_from("<I", boot, 44)[0]
        label = boot[71:82] if self._bits == 32 else boot[43:54]
        self.label = label.decode("cp437").strip("\0 ")
        self.kind = f"FAT{self._bits}"  # type: ignore[misc]  # of this volume

    def _check(self, table_bytes: int) -> None:
        """Raise DamagedError for a file system that is larger than its disk or its table."""
        end = self._data + self._clusters * self._cluster
        if self._clusters < 1 or end > self._source.size_bytes:
            raise DamagedError(f"the FAT file system would end at byte {end:,}")
        if table_bytes * 8 < (self._clusters + 2) * self._bits:
            raise DamagedError("the table of the FAT file system is too small for its clusters")

    def same(self, one: str, other: str) -> bool:
        """Whether two paths name the same file: FAT does not tell cases apart."""
        return one.casefold() == other.casefold()

    def entries(self) -> Iterator[Entry]:
        """Yield what is there, folders before what is in them. Raises DamagedError."""
        self._looked_at = 0
        entered = {self._first}
        waiting = [("", self._first)]
        count = 0
        while waiting:
            prefix, first = waiting.pop()
            for entry in self._folder(first, prefix):
                count += 1
                if count > MOST_ENTRIES:
                    raise DamagedError(f"there are more than {MOST_ENTRIES:,} files")
                yield entry
                is_new = entry.kind == "folder" and entry.place not in entered
                if is_new and entry.path.count("/") < _DEEPEST:
                    entered.add(entry.place)
                    waiting.append((f"{entry.path}/", entry.place))

    def _folder(self, first: int, prefix: str) -> Iterator[Entry]:
        """Yield what a folder lists."""
        names = Names()
        for raw in self._raw_entries(first):
            attributes = raw[11]
            if raw[0] == 0:
                return
            if raw[0] == 0xE5:  # deleted
                names.forget()
            elif attributes & 0x3F == _LONG_NAME:
                names.take(raw)
            elif attributes & _LABEL:
                names.forget()
            elif (name := names.name_of(raw)) not in (".", ".."):
                yield self._entry(raw, prefix + name)

    def _entry(self, raw: bytes, path: str) -> Entry:
        high, time, date, low, size = struct.unpack_from("<HHHHI", raw, 20)
        first = low | (high << 16 if self._bits == 32 else 0)
        if raw[11] & _FOLDER:
            return Entry(path, "folder", 0, _when(date, time), first)
        return Entry(path, "file", size, _when(date, time), first)

    def _raw_entries(self, first: int) -> Iterator[bytes]:
        pieces = self._pieces(first, _MOST_IN_FOLDER * _ENTRY_BYTES)
        if first == _ROOT:
            pieces = iter((self._source.read(self._root, self._root_bytes),))
        for piece in pieces:
            self._looked_at += len(piece) // _ENTRY_BYTES
            if self._looked_at > _MOST_LOOKED_AT:
                raise DamagedError("the folders have no end")
            for at in range(0, len(piece) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                yield piece[at : at + _ENTRY_BYTES]

    def read(self, entry: Entry) -> Iterator[bytes]:
        """Yield a file's contents in pieces. Raises DamagedError."""
        left = entry.size_bytes
        if not left:
            return
        for piece in self._pieces(entry.place, left):
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return
        raise DamagedError(f"{left:,} bytes at the end of the file have no place on the disk")

    def _pieces(self, first: int, most: int) -> Iterator[bytes]:
        """Yield what a chain of clusters holds; what lies together is read at once."""
        start = count = taken = 0
        for cluster in self._chain(first):
            if count and cluster == start + count and (count + 1) * self._cluster <= PIECE_BYTES:
                count += 1
                continue
            if count:
                yield self._read(start, count)
                taken += count * self._cluster
                if taken >= most:
                    return
            start, count = cluster, 1
        if count:
            yield self._read(start, count)

    def _read(self, cluster: int, count: int) -> bytes:
        offset = self._data + (cluster - 2) * self._cluster
        return self._source.read(offset, count * self._cluster)

    def _chain(self, cluster: int) -> Iterator[int]:
        for _ in range(self._clusters):
            if not 2 <= cluster < self._clusters + 2:
                return  # the mark of the end, or a number that is no cluster's
            yield cluster
            cluster = self._next(cluster)
        raise DamagedError("a chain of clusters runs in a circle")

    def _next(self, cluster: int) -> int:
        if self._bits == 32:
            data = self._source.read(self._table + 4 * cluster, 4)
            return int.from_bytes(data, "little") & 0x0FFF_FFFF
        if self._bits == 16:
            return int.from_bytes(self._source.read(self._table + 2 * cluster, 2), "little")
        pair = int.from_bytes(self._source.read(self._table + cluster * 3 // 2, 2), "little")
        return pair >> 4 if cluster & 1 else pair & 0xFFF


def _when(date: int, time: int) -> datetime | None:
    """Return a time stamp (section 6.3); None for one that no calendar has."""
    with suppress(ValueError):
        return datetime(  # noqa: DTZ001 (FAT knows no zone)
            *(1980 + (date >> 9), date >> 5 & 15, date & 31),
            *(time >> 11, time >> 5 & 63, min((time & 31) * 2, 59)),
        )
    return None
