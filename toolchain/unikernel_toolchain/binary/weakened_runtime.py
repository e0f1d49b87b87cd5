"""Weakens references of the OCaml runtime's archive, so that they draw in no member.

The runtime's table of custom blocks names those of bigarrays, whether a program has any or not.
A weak reference is bound when something else has drawn bigarrays in, and is NULL else (gABI,
chapter 4, "Symbol Table"): the library OS's own table, which takes the runtime's place, asks
(libos/runtime/ocaml/custom_operations.c).
"""

from __future__ import annotations

from .elf import SHN_UNDEF, SHT_SYMTAB, STB_GLOBAL, STB_WEAK, SYMBOL, parse
from .unused_externals import members

WEAK = frozenset({"caml_ba_ops"})
_SYMBOL_INFO_OFFSET = 4


def weakened(archive: bytes, names: frozenset[str] = WEAK) -> bytes:
    """Return the archive in which references to these symbols are weak.

    Raises ValueError when this is no archive.
    """
    changed = bytearray(archive)
    for start, size in members(archive):
        member = parse(archive[start : start + size], "a member of an archive")
        table = next((each for each in member.sections if each.kind == SHT_SYMTAB), None)
        for symbol in member.symbols if table else ():
            wanted = symbol.section == SHN_UNDEF and symbol.name in names
            if table and wanted and symbol.binding == STB_GLOBAL:
                place = start + table.offset + symbol.number * SYMBOL.size + _SYMBOL_INFO_OFFSET
                changed[place] = STB_WEAK << 4 | symbol.kind
    return bytes(changed)
