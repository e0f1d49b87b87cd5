"""Reads GNU ld's link map (-Map): which object brought which bytes.

A line of it is an input section, its address, its size and the object it is from; where the name is
long, the rest stands on a line of its own, which begins likewise:

     .text          0x0000000000101000       0x2a /usr/lib/libc.a(memcpy.o)
     .text.unikernel_main
                    0x000000000010102a       0x17 program.o
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from unikernel_toolchain.errors import ImageInvalid

_START = "Linker script and memory map"
# A map has tens of thousands of lines, so one search goes over all of it. No pieces are those at
# address 0, which were thrown away, empty ones, and where an output section is loaded.
_PIECE = re.compile(
    r"\n (?:\.\S+|COMMON|\*fill\*)?[ ]+0x0*([1-9a-f][0-9a-f]*)[ ]+0x(?!0+ )([0-9a-f]+)"
    r" (?!load address)(\S.*)"
)


class Piece(NamedTuple):
    """An input section in the image: where it starts, how long it is, the object it is from."""

    address: int
    size_bytes: int
    origin: str


def pieces(path: Path) -> Iterator[Piece]:
    """Yield what the linker placed, in the map's order. Raises ImageInvalid when it is no map."""
    try:
        text = path.read_text(errors="replace")
    except OSError as problem:
        raise ImageInvalid(
            f"The link map {path} cannot be read: {problem.strerror}.", hint="Build it again."
        ) from problem
    _, found, body = text.partition(_START)
    if not found:
        raise ImageInvalid(f"{path} is no link map.")
    for piece in _PIECE.finditer(body):
        address, size, origin = piece.groups()
        yield Piece(int(address, 16), int(size, 16), origin)
