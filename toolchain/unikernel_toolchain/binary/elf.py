"""Reads ELF64 little-endian files: header, program headers, sections, symbols, relocations.

Source: System V ABI, AMD64 supplement, and gABI chapters 4 and 5. Each structure is one `struct`
format; who rewrites a file packs the same formats at the same offsets, so an `Elf` keeps the file's
bytes and where its tables are. Only what is needed to find things is checked: a file is damaged
when a table or a name lies outside it. Hand-written because a build reads some hundred objects and
a library takes longer for one than a whole build (docs/decisions/006-elf-by-hand.md).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from unikernel_toolchain.errors import ImageInvalid

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")

PT_NULL, PT_LOAD, PT_NOTE, PT_GNU_STACK = 0, 1, 4, 0x6474E551
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_RELA, SHT_NOBITS = 2, 4, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
STB_GLOBAL, STB_WEAK = 1, 2
STT_FUNC = 2
SHN_UNDEF = 0


class Segment(NamedTuple):
    """A program header; fields as in the file, `index` is its position."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    file_bytes: int
    memory_bytes: int
    alignment: int


class SectionHeader(NamedTuple):
    """A section header, with its name resolved."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size_bytes: int
    link: int
    info: int


class Symbol(NamedTuple):
    """A symbol: its place in the table, and what it says."""

    number: int
    name: str
    info: int
    section: int
    address: int
    size_bytes: int

    @property
    def kind(self) -> int:
        """STT_*: what it names."""
        return self.info & 15

    @property
    def binding(self) -> int:
        """STB_*: who may see it."""
        return self.info >> 4


@dataclass(frozen=True)
class Elf:
    """One ELF64 file, or one member of an archive, in memory."""

    data: bytes | memoryview
    entry: int
    segment_offset: int
    segments: tuple[Segment, ...]
    section_offset: int
    sections: tuple[SectionHeader, ...] = field(repr=False)

    def section(self, name: str) -> SectionHeader | None:
        """Return the section of this name, or None."""
        return next((section for section in self.sections if section.name == name), None)

    def content(self, section: SectionHeader) -> bytes:
        """Return the bytes of a section; none for .bss."""
        if section.kind == SHT_NOBITS:
            return b""
        return bytes(self.data[section.offset : section.offset + section.size_bytes])

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The symbols of .symtab; none in a stripped file."""
        table = next((s for s in self.sections if s.kind == SHT_SYMTAB), None)
        if table is None:
            return ()
        # sh_link of a symbol table is the section of its names.
        names = self.content(self.sections[table.link])
        entries = enumerate(SYMBOL.iter_unpack(self.content(table)))
        return tuple(
            Symbol(number, text_at(names, name), info, section, address, size)
            for number, (name, info, _, section, address, size) in entries
        )

    def file_offset(self, symbol: Symbol) -> int:
        """Return where in the file a symbol's bytes are. Raises ImageInvalid when they are not."""
        for segment in self.segments:
            start = segment.address
            if segment.kind == PT_LOAD and start <= symbol.address < start + segment.file_bytes:
                return segment.offset + symbol.address - start
        raise ImageInvalid(f"{symbol.name} is not in the file.")

    def loaded_bytes(self) -> int:
        """Bytes that a loader copies out of the file into memory."""
        return sum(segment.file_bytes for segment in self.segments if segment.kind == PT_LOAD)


def text_at(table: bytes, offset: int) -> str:
    """Return the NUL-terminated string at `offset` of a string table."""
    return table[offset : table.index(b"\0", offset)].decode("utf-8", "replace")


def parse(data: bytes | memoryview, what: str) -> Elf:
    """Read headers and sections. `what` names the file in the error.

    Raises ImageInvalid when this is no ELF64 file or it ends too early.
    """
    if bytes(data[:6]) != b"\x7fELF\x02\x01":
        raise ImageInvalid(f"{what} is not a 64-bit ELF file.")
    try:
        return _parse(data)
    except (struct.error, IndexError, ValueError, OverflowError) as problem:
        raise ImageInvalid(f"{what} is damaged: {problem}.") from problem


def read(path: Path) -> Elf:
    """Read a file. Raises ImageInvalid when it is gone, damaged or not ELF64."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ImageInvalid(
            f"{path} cannot be read: {problem.strerror}.", hint="Build it again."
        ) from problem
    return parse(data, str(path))


def _parse(data: bytes | memoryview) -> Elf:
    header = HEADER.unpack_from(data)
    # By position: e_entry, e_phoff, e_shoff; e_phnum, e_shnum, e_shstrndx.
    entry, segment_offset, section_offset = header[4], header[5], header[6]
    segment_count, section_count, names_index = header[10], header[12], header[13]
    segments = tuple(
        Segment(*SEGMENT.unpack_from(data, segment_offset + index * SEGMENT.size))
        for index in range(segment_count)
    )
    # Names are in a section themselves, which can be found without one.
    raw = [
        SECTION.unpack_from(data, section_offset + index * SECTION.size)
        for index in range(section_count)
    ]
    names = bytes(data[raw[names_index][4] :][: raw[names_index][5]]) if raw else b""
    sections = tuple(
        SectionHeader(text_at(names, name), kind, flags, address, offset, size, link, info)
        for name, kind, flags, address, offset, size, link, info, _, _ in raw
    )
    return Elf(data, entry, segment_offset, segments, section_offset, sections)
