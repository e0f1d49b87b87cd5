"""Weakens references of the OCaml runtime's archive, so that they draw in no member.

The runtime's table of custom blocks names those of bigarrays, whether a program has any or not.
A weak reference is bound when something else has drawn bigarrays in, and is NULL else (gABI,
chapter 4, "Symbol Table"): the library OS's own table, which takes the runtime's place, asks
(libos/runtime/ocaml/custom_operations.c).
"""

from __future__ import annotations

from .elf import SHN_UNDEF, STB_GLOBAL, parse
from .unused_externals import members, weaken

WEAK = frozenset({"caml_ba_ops"})


def weakened(archive: bytes, names: frozenset[str] = WEAK) -> bytes:
    """Return the archive in which references to these symbols are weak.

    Raises ValueError when this is no archive.
    """
    changed = bytearray(archive)
    for start, size in members(archive):
        member = parse(archive[start : start + size], "a member of an archive")
        for symbol in member.symbols:
            wanted = symbol.section == SHN_UNDEF and symbol.name in names
            if wanted and symbol.binding == STB_GLOBAL:
                weaken(changed, start, member, symbol)
    return bytes(changed)
