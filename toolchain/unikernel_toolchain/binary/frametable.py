"""Takes the debug information out of an OCaml module's frame table, in place.

A frame descriptor says where live values are at a call; with debug information it also says which
line the call is on. The garbage collector needs the former, backtraces the latter. A table:

    i64     number of descriptors; then for each, from a multiple of 8 bytes on:
    u64     the call's return address, which a relocation fills in
    u16     size of the frame; bit 0: debug information, bit 1: lengths of allocations
    u16     number of live values, then a u16 for each
    u8      [bit 1] number of lengths, then a u8 for each
    i32     [bit 0] from a multiple of 4 bytes on: where the debug information is, from here; one
            for each length, where there are lengths

The debug information itself, file names and lines, stands behind the descriptors: the section is
cut there, and descriptors move towards its beginning. Nothing else refers into the table, so only
relocations of return addresses have to move along.

Source: asmcomp/emitaux.ml (emit_frames), runtime/backtrace_nat.c and, from 5.1 on,
runtime/caml/frame_descriptors.h of OCaml 4.13, 4.14.1, 5.1.0 and 5.3.0: descriptors are the same
bytes in all of them. What debug information says differs, and does not matter here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .elf import RELOCATION, SECTION, SHN_UNDEF, SHT_RELA, Elf, SectionHeader, Symbol
from .ocaml_symbols import FRAME_TABLE, module_with

_ADDRESS_BYTES = 8
_SHAPE = struct.Struct("<HH")  # frame size and flags, number of live values
_DEBUG, _ALLOCATIONS = 1, 2  # flags in the frame size
_NO_FRAME = 0xFFFF  # a return into C: no flags, though all bits are set
_SECTION_SIZE_OFFSET = 32


def without_debug_information(member: Elf) -> bytes:
    """Return an object file of the same length whose frame table names no source lines.

    The table ends its .data section, which gets shorter. An object without a table is returned as
    it is.
    """
    data = member.section(".data")
    table = next((symbol for symbol, _ in _tables(member)), None)
    if data is None or table is None:
        return bytes(member.data)
    content = member.content(data)
    moved, compact = _compact(content, table.address)
    shrunk = bytearray(member.data)
    end = data.offset + table.address + len(compact)
    shrunk[data.offset + table.address : end] = compact
    _set_size(shrunk, member, data, table.address + len(compact))
    _move_relocations(shrunk, member, data, moved)
    return bytes(shrunk)


def modules(member: Elf) -> list[str]:
    """Return the names of the modules whose frame tables are in this object: one, or none."""
    return [module for _, module in _tables(member)]


def _tables(member: Elf) -> Iterator[tuple[Symbol, str]]:
    for symbol in member.symbols:
        module = module_with(symbol.name, FRAME_TABLE)
        if module is not None and symbol.section != SHN_UNDEF:
            yield symbol, module


def _compact(content: bytes, start: int) -> tuple[dict[int, int], bytes]:
    """Return where each descriptor has moved to, and the table without debug information."""
    moved, compact = {}, bytearray(content[start : start + _ADDRESS_BYTES])
    for position, size in _descriptors(content, start):
        moved[position] = start + len(compact)
        descriptor = bytearray(content[position : position + size])
        flags, live = _SHAPE.unpack_from(descriptor, _ADDRESS_BYTES)
        if flags != _NO_FRAME:
            _SHAPE.pack_into(descriptor, _ADDRESS_BYTES, flags & ~_DEBUG, live)
        compact += descriptor + bytes(-len(descriptor) % _ADDRESS_BYTES)
    return moved, bytes(compact)


def _descriptors(content: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield each descriptor's offset and its size in bytes without debug information."""
    (count,) = struct.unpack_from("<q", content, start)
    position = start + _ADDRESS_BYTES
    for _ in range(count):
        flags, live = _SHAPE.unpack_from(content, position + _ADDRESS_BYTES)
        end = position + _ADDRESS_BYTES + _SHAPE.size + 2 * live
        debug_words = 1  # one call, unless it is of an allocation that was combined of several
        if flags != _NO_FRAME and flags & _ALLOCATIONS:
            debug_words = content[end]
            end += 1 + debug_words
        yield position, end - position
        if flags != _NO_FRAME and flags & _DEBUG:
            end += -end % 4 + 4 * debug_words
        position = end + -end % _ADDRESS_BYTES


def _set_size(shrunk: bytearray, member: Elf, section: SectionHeader, size_bytes: int) -> None:
    header = member.section_offset + member.sections.index(section) * SECTION.size
    struct.pack_into("<Q", shrunk, header + _SECTION_SIZE_OFFSET, size_bytes)


def _move_relocations(
    shrunk: bytearray, member: Elf, data: SectionHeader, moved: dict[int, int]
) -> None:
    """Have each descriptor's return address filled in at its new place."""
    for section in member.sections:
        if section.kind == SHT_RELA and member.sections[section.info] == data:
            for at in range(section.offset, section.offset + section.size_bytes, RELOCATION.size):
                (offset,) = struct.unpack_from("<Q", shrunk, at)
                struct.pack_into("<Q", shrunk, at, moved.get(offset, offset))
