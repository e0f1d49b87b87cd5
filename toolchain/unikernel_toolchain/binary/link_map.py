"""Reads GNU ld's link map (-Map): which object brought which bytes.

A line of it is an input section, its address, its size and the object it is from; where the name is
long, the rest stands on a line of its own, which begins likewise:

     .text          0x0000000000101000       0x2a /usr/lib/libc.a(memcpy.o)
     .text.unikernel_main
                    0x000000000010102a       0x17 program.o

Its table of cross references (--cref) has each global symbol, the object that defines it, and those
that refer to it; after a long symbol the first object stands on a line of its own:

    memcpy                                            /usr/lib/libc.a(memcpy.o)
                                                      program.o
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from unikernel_toolchain.errors import ImageInvalid

_START = "Linker script and memory map"
_CROSS_REFERENCES = "\nCross Reference Table\n"
# A map has tens of thousands of lines, so one search goes over all of it. No pieces are those at
# address 0, which were thrown away, empty ones, padding (*fill*), whose bytes stand where others
# have their origin, and where an output section is loaded.
_PIECE = re.compile(
    r"\n (?:\.\S+|COMMON)?[ ]+0x0*([1-9a-f][0-9a-f]*)[ ]+0x(?!0+ )([0-9a-f]+)"
    r" (?!load address)(\S.*)"
)


class Piece(NamedTuple):
    """An input section in the image: where it starts, how long it is, the object it is from."""

    address: int
    size_bytes: int
    origin: str


def cross_references(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each global symbol with the objects that define it or refer to it.

    Raises ImageInvalid when it is no map, or one that was written without cross references.
    """
    _, found, table = _text(path).partition(_CROSS_REFERENCES)
    if not found:
        raise ImageInvalid(
            f"The link map {path} tells nothing of references.", hint="Build the image again."
        )
    symbol, objects = "", list[str]()
    for line in table.splitlines()[2:]:  # an empty one, and headings
        if line.startswith(" "):
            objects.append(line.strip())
            continue
        if objects:
            yield symbol, objects
        symbol, _, first = line.partition(" ")
        objects = [first.strip()] if first.strip() else []
    if objects:
        yield symbol, objects


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError as problem:
        raise ImageInvalid(
            f"The link map {path} cannot be read: {problem.strerror}.", hint="Build it again."
        ) from problem


def pieces(path: Path) -> Iterator[Piece]:
    """Yield what the linker placed, in the map's order. Raises ImageInvalid when it is no map."""
    _, found, body = _text(path).partition(_START)
    if not found:
        raise ImageInvalid(f"{path} is no link map.")
    for piece in _PIECE.finditer(body):
        address, size, origin = piece.groups()
        yield Piece(int(address, 16), int(size, 16), origin)
