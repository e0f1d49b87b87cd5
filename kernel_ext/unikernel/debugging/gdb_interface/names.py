"""OCaml's names as their source has them, in the file that gdb reads.

ocamlopt calls Cell.go camlCell__go_119. gdb's own commands are to understand the one, show it and
complete it: so a copy of debug.elf gets readable names, in place, since each is shorter than what
it stands for. C's sources are named from the folder that the image was built in, which is gone: a
cell is called by its name alone there, too.
"""

from __future__ import annotations

import re
from pathlib import Path

from unikernel_toolchain.binary import elf, ocaml_symbols, private_names

# Of symbols, of what the debug information calls them, and of its sources.
_TABLES = (".strtab", ".debug_str", ".debug_line_str")
_BUILD_FOLDER = re.compile(rb"/.*/[0-9a-f]{16}\.new")
_OURS = tuple(prefix.encode() for prefix in ("caml", private_names.PREFIX))


def readable(symbol: str) -> str:
    """Return a symbol as a person writes it: Cell.go, Stdlib.List.iter, C's as it is."""
    return ocaml_symbols.readable(symbol.removeprefix(private_names.PREFIX))


def known(path: Path) -> set[str]:
    """Return the readable names of an ELF file's symbols. Raises ImageInvalid."""
    return {readable(symbol.name) for symbol in elf.read(path).symbols}


def with_readable_names(path: Path) -> bytearray:
    """Return the bytes of an ELF file with readable names. Raises ImageInvalid."""
    read = elf.read(path)
    data = bytearray(read.data)
    for name in _TABLES:
        if table := read.section(name):
            start, end = table.offset, table.offset + table.size_bytes
            data[start:end] = _renamed(bytes(data[start:end]))
    return data


def _renamed(table: bytes) -> bytes:
    return b"\0".join(map(_shortened, table.split(b"\0")))


def _shortened(word: bytes) -> bytes:
    if _BUILD_FOLDER.fullmatch(word):
        return bytes(len(word))
    if not word.startswith(_OURS):
        return word
    new = readable(word.decode("utf-8", "replace")).encode()
    return new.ljust(len(word), b"\0") if new and len(new) <= len(word) else word
