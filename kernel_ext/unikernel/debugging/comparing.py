"""Two snapshots of a machine compared: which pages differ, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from unikernel.errors import UsageError
from unikernel.model.debugging.differences import Area, Difference, Line, Span
from unikernel.model.debugging.snapshots import PAGE_BYTES, Region, Snapshot

from .layout import Layout, Place

MOST_LINES = 24
MOST_EXAMINED = 20_000  # pages whose bytes are counted
MOST_AREAS = 60
_CHUNK_BYTES = 1 << 20
_LINE_BYTES = 16
_PARTS = 64  # of a span

Page = tuple[int, bytes, bytes]  # its address, and what was and is in it


def compare(before: Snapshot, after: Snapshot) -> Difference:
    """Return what differs between two snapshots of one machine.

    Raises UsageError for snapshots of different programs, and ImageInvalid when the image's file
    with symbols is gone.
    """
    if before.debug_path != after.debug_path:
        raise UsageError(
            f"{before.name!r} and {after.name!r} are of different images: what is where in memory "
            "cannot be compared."
        )
    found = _Comparison(before, after)
    return found.difference()


class _Comparison:
    """Pages and bytes counted by where they are."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._before, self._after = before, after
        self._layout = Layout(after)
        self._pages: Counter[Place] = Counter()
        self._bytes: Counter[Place] = Counter()
        self._first: dict[Place, int] = {}
        self._lines: list[Line] = []
        self._spans: list[Span] = []
        self._changed = 0

    def difference(self) -> Difference:
        pages = 0
        with self._before.memory.open("rb") as old, self._after.memory.open("rb") as new:
            for left, right in _pairs(self._before, self._after):
                pages += right.size_bytes // PAGE_BYTES
                changed = list(self._seen(_differing(old, left, new, right)))
                self._spans.append(_span(right, changed))
        areas = [
            Area(place.kind, place.name, self._first[place], count, self._bytes[place])
            for place, count in self._pages.items()
        ]
        areas.sort(key=lambda area: (-area.bytes, area.first_address))
        return Difference(
            self._before.name,
            self._after.name,
            pages,
            self._changed,
            tuple(areas[:MOST_AREAS]),
            tuple(self._lines),
            tuple(self._spans),
            tuple(self._remarks(len(areas))),
        )

    def _remarks(self, areas: int) -> Iterator[str]:
        if self._changed > MOST_EXAMINED:
            yield f"Bytes were counted in the first {MOST_EXAMINED:,} pages that differ."
        if areas > MOST_AREAS:
            yield f"{areas - MOST_AREAS:,} smaller areas are not shown."
        if {r.begin for r in self._before.regions} != {r.begin for r in self._after.regions}:
            yield "Memory that only one of the snapshots has is not compared."

    def _seen(self, pages: Iterator[Page]) -> Iterator[int]:
        for address, old, new in pages:
            self._changed += 1
            if self._changed <= MOST_EXAMINED:
                self._examine(address, old, new)
            yield address

    def _examine(self, address: int, old: bytes, new: bytes) -> None:
        """Count the bytes of a page that differ, in lines of sixteen."""
        places: set[Place] = set()
        for at in range(0, len(new), _LINE_BYTES):
            left, right = old[at : at + _LINE_BYTES], new[at : at + _LINE_BYTES]
            if left == right:
                continue
            first = next(
                i for i, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]
            )
            place = self._layout.place(address + at + first)
            places.add(place)
            self._bytes[place] += sum(a != b for a, b in zip(left, right, strict=True))
            self._first.setdefault(place, address + at + first)
            if len(self._lines) < MOST_LINES:
                where = " ".join(filter(None, place))
                self._lines.append(Line(address + at, where, left, right))
        for place in places:
            self._pages[place] += 1


def _pairs(before: Snapshot, after: Snapshot) -> Iterator[tuple[Region, Region]]:
    """Yield the regions that both have; one that has grown as far as both have it."""
    known = {region.begin: region for region in before.regions}
    for region in after.regions:
        if other := known.get(region.begin):
            size = min(region.size_bytes, other.size_bytes)
            yield (
                Region(other.begin, size, other.offset, other.name),
                Region(region.begin, size, region.offset, region.name),
            )


def _differing(old: BinaryIO, left: Region, new: BinaryIO, right: Region) -> Iterator[Page]:
    for at in range(0, right.size_bytes, _CHUNK_BYTES):
        size = min(_CHUNK_BYTES, right.size_bytes - at)
        old.seek(left.offset + at)
        new.seek(right.offset + at)
        was, now = old.read(size), new.read(size)
        if was == now:
            continue
        for begin in range(0, min(len(was), len(now)), PAGE_BYTES):
            page = slice(begin, begin + PAGE_BYTES)
            if was[page] != now[page]:
                yield right.begin + at + begin, was[page], now[page]


def _span(region: Region, changed: list[int]) -> Span:
    pages = max(1, region.size_bytes // PAGE_BYTES)
    parts = min(_PARTS, pages)
    counts = Counter((address - region.begin) // PAGE_BYTES * parts // pages for address in changed)
    shares = tuple(min(1.0, counts[part] * parts / pages) for part in range(parts))
    return Span(region.begin, region.end, shares)
