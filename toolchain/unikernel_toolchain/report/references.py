"""Who refers to whom in an image: modules, and the symbols through which they do.

The linker's table of cross references names for every global symbol the objects that define it or
refer to it; where the symbol lies in the image says which of them defines it, so that symbols of
the linker's script and of what was thrown away drop out. Between OCaml modules this is exact: their
objects are linked whole. An object in C counts with all its functions, also with those that nobody
calls and the linker left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from unikernel_toolchain.binary import elf, link_map, ocaml_symbols, private_names
from unikernel_toolchain.model.image import Image

from .inspect import OCAML_RUNTIME, STARTUP, attributed

Part = tuple[str, str]  # package, module

STARTING = (OCAML_RUNTIME, STARTUP)


@dataclass(frozen=True)
class References:
    """`uses[a][b]` are the symbols of part b to which part a refers, as their sources have them.

    `entry` is the part in which the image begins, `names` those of OCaml modules, Stdlib.List.
    """

    uses: Mapping[Part, Mapping[Part, tuple[str, ...]]]
    entry: Part
    names: Mapping[Part, str]

    def users(self, part: Part) -> list[Part]:
        """Return who refers to a part, the startup file apart, which refers to all."""
        return sorted(a for a, used in self.uses.items() if part in used and a != STARTING)


def references(image: Image) -> References:
    """Read who refers to whom. Raises ImageInvalid when the image or its map is gone or damaged."""
    read = elf.read(image.debug_path)
    placed = sorted(link_map.pieces(image.map_path))
    starts = [piece.address for piece in placed]

    def part_at(address: int) -> Part | None:
        piece = placed[bisect_right(starts, address) - 1]
        inside = piece.address <= address < piece.address + piece.size_bytes
        return attributed(piece.origin) if inside else None

    defined = _addresses(read)
    linked = {piece.origin: attributed(piece.origin) for piece in placed}
    uses: dict[Part, dict[Part, set[str]]] = defaultdict(lambda: defaultdict(set))
    names: dict[Part, str] = {}
    for symbol, objects in link_map.cross_references(image.map_path):
        owner = part_at(defined[symbol]) if symbol in defined else None
        concerned = {linked[each] for each in objects if each in linked}
        if owner is None or owner not in concerned:
            continue
        if module := ocaml_symbols.module_with(symbol, ocaml_symbols.INITIALISER):
            names[owner] = ocaml_symbols.readable(f"caml{module}")
        for user in concerned - {owner}:
            uses[user][owner] |= _told(symbol)
    exact = {user: {o: tuple(sorted(s)) for o, s in used.items()} for user, used in uses.items()}
    return References(exact, part_at(read.entry) or STARTING, names)


def _addresses(read: elf.Elf) -> dict[str, int]:
    """Return where each name lies that is one symbol's: hidden ones are local once linked."""
    named = [symbol for symbol in read.symbols if symbol.name and symbol.section != elf.SHN_UNDEF]
    counts = Counter(symbol.name for symbol in named if not symbol.binding)
    private = {s.name: s.address for s in named if not s.binding and counts[s.name] == 1}
    return private | {s.name: s.address for s in named if s.binding}


def _told(symbol: str) -> set[str]:
    """Return how a person writes a symbol, nothing for those that only the linker's work needs."""
    of_linking = ocaml_symbols.is_border(symbol) or ocaml_symbols.module_with(
        symbol, ocaml_symbols.INITIALISER
    )
    return set() if of_linking else {_readable(symbol)}


def _readable(symbol: str) -> str:
    return ocaml_symbols.readable(symbol.removeprefix(private_names.PREFIX))
