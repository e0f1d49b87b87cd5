"""Page tables of x86-64, walked: which addresses a guest can read, write and execute.

Four tables one below the other, 512 entries of eight bytes each (Intel SDM volume 3, 4.5). An entry
forbids for all that lies below it: writing unless W is set, executing if NX is. The tables are the
guest's and may be anything: each is looked at once a path, and a bounded number of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import islice

from unikernel.model.debugging.step import Entry, Pages

LEVELS = ("PML4", "PDPT", "PD", "PT")
TABLE_BYTES = 4096
_ENTRIES = struct.Struct("<512Q")
_PRESENT, _WRITE, _LARGE, _NX = 1, 1 << 1, 1 << 7, 1 << 63
_ADDRESS = 0x000F_FFFF_FFFF_F000
_SHIFTS = (39, 30, 21, 12)
_MOST_TABLES = 256
_MOST_RANGES = 200
_CANONICAL = 1 << 47

Read = Callable[[int], bytes]  # the 4,096 bytes of a table at a physical address


def ranges(read: Read, root: int) -> tuple[Pages, ...]:
    """Return what is mapped from the table at `root` on; neighbours with like rights are one."""
    merged: list[Pages] = []
    for found in _Tables(read).below(root & _ADDRESS, 0, 0, (True, True)):
        last = merged[-1] if merged else None
        if last and (last.end, last.rights) == (found.start, found.rights):
            merged[-1] = Pages(last.start, found.end, last.rights)
        elif len(merged) == _MOST_RANGES:
            break
        else:
            merged.append(found)
    return tuple(merged)


class _Tables:
    """Tables that are read one below the other, _MOST_TABLES at most."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = _MOST_TABLES

    def below(
        self, table: int, level: int, start: int, rights: tuple[bool, bool]
    ) -> Iterator[Pages]:
        """Yield the pages below a table; `rights` are what those above it allow."""
        if self._left == 0:
            return
        self._left -= 1
        size = 1 << _SHIFTS[level]
        for index, entry in enumerate(_ENTRIES.unpack(self._read(table))):
            if not entry & _PRESENT:
                continue
            address = _canonical(start + index * size)
            allowed = (rights[0] and bool(entry & _WRITE), rights[1] and not entry & _NX)
            if _is_leaf(level, entry):
                yield Pages(address, address + size, _word(*allowed))
            else:
                yield from self.below(entry & _ADDRESS, level + 1, address, allowed)


def walk(read: Read, root: int, address: int) -> tuple[Entry, ...]:
    """Return the entries that translate `address`, down to the page or to where none is."""
    return tuple(islice(_steps(read, root & _ADDRESS, address), len(LEVELS)))


def _steps(read: Read, table: int, address: int) -> Iterator[Entry]:
    for level, shift in enumerate(_SHIFTS):
        index = address >> shift & 511
        entry = _ENTRIES.unpack(read(table))[index]
        yield Entry(LEVELS[level], index, table + 8 * index, entry, _meaning(level, entry))
        if not entry & _PRESENT or _is_leaf(level, entry):
            return
        table = entry & _ADDRESS


def _is_leaf(level: int, entry: int) -> bool:
    return level == len(LEVELS) - 1 or bool(level and entry & _LARGE)


def _meaning(level: int, entry: int) -> str:
    if not entry & _PRESENT:
        return "not present"
    allowed = _word(bool(entry & _WRITE), not entry & _NX)
    if not _is_leaf(level, entry):
        return f"{allowed}, next table {entry & _ADDRESS:#x}"
    size = 1 << _SHIFTS[level]
    kib = size >> 10
    shown = f"{kib} KiB" if kib < 1024 else f"{kib >> 10} MiB"
    return f"{allowed}, page of {shown} at {entry & _ADDRESS & -size:#x}"


def _word(writable: bool, executable: bool) -> str:
    return f"R{'W' if writable else '-'}{'X' if executable else '-'}"


def _canonical(address: int) -> int:
    """Return the address with the bits above 47 as bit 47 is."""
    return address | 0xFFFF << 48 if address & _CANONICAL else address
