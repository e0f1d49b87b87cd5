"""How much each symbol of an image takes: functions, data, and what compilers add to them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from unikernel_toolchain.binary import elf, ocaml_symbols, private_names
from unikernel_toolchain.model.image import Image

from . import inspect

FRAME_TABLE, CONSTANTS, UNNAMED = "(frame table)", "(constants)", "(no name)"
# ocamlopt numbers what is known when it compiles: camlStr__12, camlStr.12 from 5.1 on.
_CONSTANT = re.compile(r"caml[A-Z]\w*?(?:__|\.)\d+")


class SymbolSize(NamedTuple):
    """What a symbol of a module takes of the file; a name in brackets is of a kind of symbols."""

    package: str
    module: str
    symbol: str
    size_bytes: int


def symbol_sizes(image: Image) -> list[SymbolSize]:
    """Return what each symbol takes, largest first; of a module they sum to what it takes.

    A symbol reaches to the next, whatever lies between. Raises ImageInvalid when the image or its
    map is gone or damaged.
    """
    symbols = _starts(elf.read(image.debug_path))
    addresses = [address for address, _ in symbols]
    totals: Counter[tuple[str, str, str]] = Counter()
    for origin, start, size in inspect.places(image):
        part = inspect.attributed(origin)
        first = bisect_left(addresses, start)
        inside = symbols[first : bisect_left(addresses, start + size)]
        for name, length in _shares(inside, start, start + size):
            totals[(*part, name)] += length
    sizes = [SymbolSize(*key, size) for key, size in totals.items() if size]
    return sorted(sizes, key=lambda one: (-one.size_bytes, one[:3]))


def _starts(read: elf.Elf) -> list[tuple[int, str]]:
    """Return where symbols begin, with what they are called, one an address."""
    found: dict[int, str] = {}
    for symbol in read.symbols:
        if symbol.section != elf.SHN_UNDEF and (name := _told(symbol.name)):
            found.setdefault(symbol.address, name)
    return sorted(found.items())


def _told(symbol: str) -> str:
    if ocaml_symbols.module_with(symbol, ocaml_symbols.FRAME_TABLE):
        return FRAME_TABLE
    if ocaml_symbols.is_border(symbol):
        return ""
    if _CONSTANT.fullmatch(symbol):
        return CONSTANTS
    return ocaml_symbols.readable(symbol.removeprefix(private_names.PREFIX))


def _shares(inside: list[tuple[int, str]], start: int, end: int) -> Iterator[tuple[str, int]]:
    borders = [(start, UNNAMED)] if not inside or inside[0][0] > start else []
    borders += inside
    for (address, name), (following, _) in zip(borders, [*borders[1:], (end, "")], strict=True):
        yield name, following - address
