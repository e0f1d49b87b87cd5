"""Weakens the externals that an archive of OCaml code declares and never calls.

For each `external` of a module ocamlopt writes a data word that holds the C function's address,
only so that the linker keeps the function for code that may come later by dynlink
(asmcomp/asmgen.ml). Nothing comes later here, and these words keep much of the runtime and of libm
in every image. Here the word loses its relocation and the undefined symbol becomes weak. A weak
symbol draws no member out of an archive (gABI, chapter 4, "Symbol Table"), yet is bound to a
definition that something else has drawn in.

What must hold: a symbol that code refers to stays strong, for then .text has a relocation too;
and so does a symbol of OCaml's, which data words refer to for other reasons: whether a name is a C
function is asked of the C libraries. The object keeps its layout, so all is done in place, member
by member; objcopy would take the symbols of one member alone out of the archive first.
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
    Symbol,
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


def defined_functions(archives: Iterable[Path]) -> frozenset[str]:
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


def weaken_unused_externals(
    archive: bytes, c_functions: frozenset[str], without_debuginfo: frozenset[str] = _NONE
) -> bytes:
    """Return the archive in which symbols that only declarations refer to are weak.

    The modules in `without_debuginfo` lose their line numbers as well: backtraces pass over them.
    """
    weakened = bytearray(archive)
    for start, size in members(archive):
        member = parse(archive[start : start + size], "a member of an archive")
        if without_debuginfo.intersection(frametable.modules(member)):
            weakened[start : start + size] = frametable.without_debug_information(member)
            member = parse(bytes(weakened[start : start + size]), "a member of an archive")
        _weaken_in_member(weakened, start, member, c_functions)
    return bytes(weakened)


def weaken(archive: bytearray, start: int, member: Elf, symbol: Symbol) -> None:
    """Make a symbol of the object file at `start` weak, in place."""
    table = next(section for section in member.sections if section.kind == SHT_SYMTAB)
    info = start + table.offset + symbol.number * SYMBOL.size + _SYMBOL_INFO_OFFSET
    archive[info] = STB_WEAK << 4 | symbol.kind


def _weaken_in_member(
    archive: bytearray, start: int, member: Elf, c_functions: frozenset[str]
) -> None:
    users = _users(member)
    for symbol in member.symbols:
        if (
            symbol.section == SHN_UNDEF
            and symbol.binding == STB_GLOBAL
            and symbol.name in c_functions
            and all(section == ".data" for section, _ in users[symbol.number])
        ):
            weaken(archive, start, member, symbol)
            # A relocation of no type is skipped: the word stays what it is in the file, 0.
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


def write_weakened(
    source: Path,
    destination: Path,
    c_functions: frozenset[str],
    without_debuginfo: frozenset[str] = _NONE,
) -> None:
    """Write the weakened copy of an archive.

    It gets the time of its source: a copy with another time is of an older one.
    """
    weakened = weaken_unused_externals(source.read_bytes(), c_functions, without_debuginfo)
    status = source.stat()
    draft = destination.with_name(f"{destination.name}.{os.getpid()}-{threading.get_ident()}")
    draft.write_bytes(weakened)
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
    draft.replace(destination)
