"""Frees archives of OCaml code from primitives they declare and never call.

ocamlopt puts one data word into a module for each `external` declared there, only so that the
linker finds the C function. These words keep much of the runtime and of libm in an image. Here
the word loses its relocation and the symbol becomes weak, in place: a C function that some code
does call is still linked. Whether a symbol is such a C function is asked of the C libraries.
"""

from __future__ import annotations

import os
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import frametable
from .elf import (
    RELOCATION,
    SHN_UNDEF,
    SHT_RELA,
    SHT_SYMTAB,
    STB_GLOBAL,
    STB_WEAK,
    STT_FUNC,
    SYMBOL,
    Elf,
    parse,
)

_ARCHIVE_MAGIC = b"!<arch>\n"
_MEMBER_HEADER_BYTES = 60
_SYMBOL_INFO_OFFSET = 4
_R_NONE = 0
_NONE: frozenset[str] = frozenset()


def members(archive: bytes) -> Iterator[tuple[int, int]]:
    """Yield (offset, size) of each object file in an ar archive, in bytes.

    Raises ValueError when this is no archive.
    """
    if not archive.startswith(_ARCHIVE_MAGIC):
        raise ValueError("not an ar archive")
    position = len(_ARCHIVE_MAGIC)
    while position < len(archive):
        size = int(archive[position + 48 : position + 58])
        start = position + _MEMBER_HEADER_BYTES
        if archive[start : start + 4] == b"\x7fELF":
            yield start, size
        position = start + size + size % 2


def functions(archives: Iterable[Path]) -> frozenset[str]:
    """Return the names of all global functions that these C archives define."""
    names = set()
    for path in archives:
        archive = memoryview(path.read_bytes())
        if not archive:  # Debian ships such a one for the flavour it does not build
            continue
        for start, size in members(bytes(archive)):
            for symbol in parse(archive[start : start + size], str(path)).symbols:
                if symbol.kind == STT_FUNC and symbol.section != SHN_UNDEF and symbol.binding:
                    names.add(symbol.name)
    return frozenset(names)


def slim(archive: bytes, c_functions: frozenset[str], untraced: frozenset[str] = _NONE) -> bytes:
    """Return the archive with its unused primitives let go.

    The modules in `untraced` lose their line numbers as well: backtraces pass over them.
    """
    slimmed = bytearray(archive)
    for start, size in members(archive):
        member = parse(archive[start : start + size], "a member of an archive")
        if untraced.intersection(frametable.modules(member)):
            slimmed[start : start + size] = frametable.without_debug_information(member)
            member = parse(bytes(slimmed[start : start + size]), "a member of an archive")
        _slim_member(slimmed, start, member, c_functions)
    return bytes(slimmed)


def _slim_member(archive: bytearray, start: int, member: Elf, c_functions: frozenset[str]) -> None:
    table = next((s for s in member.sections if s.kind == SHT_SYMTAB), None)
    if table is None:
        return
    users = _users(member)
    for symbol in member.symbols:
        if (
            symbol.section == SHN_UNDEF
            and symbol.binding == STB_GLOBAL
            and symbol.name in c_functions
            and all(section == ".data" for section, _ in users[symbol.number])
        ):
            info = start + table.offset + symbol.number * SYMBOL.size + _SYMBOL_INFO_OFFSET
            archive[info] = STB_WEAK << 4 | symbol.kind
            for _, offset in users[symbol.number]:
                struct.pack_into("<Q", archive, start + offset + 8, _R_NONE)


def _users(member: Elf) -> dict[int, list[tuple[str, int]]]:
    """Return, by symbol number, the sections that refer to it and the relocations' offsets."""
    users: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for section in member.sections:
        if section.kind == SHT_RELA:
            target = member.sections[section.info].name
            entries = RELOCATION.iter_unpack(member.content(section))
            for index, (_, info, _) in enumerate(entries):
                users[info >> 32].append((target, section.offset + index * RELOCATION.size))
    return users


def slim_file(
    source: Path,
    destination: Path,
    c_functions: frozenset[str],
    untraced: frozenset[str] = _NONE,
) -> None:
    """Write the slim copy of an archive, with the time of its source: another means it is old."""
    slimmed = slim(source.read_bytes(), c_functions, untraced)
    status = source.stat()
    draft = destination.with_name(f"{destination.name}.{os.getpid()}-{threading.get_ident()}")
    draft.write_bytes(slimmed)
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
    draft.replace(destination)
