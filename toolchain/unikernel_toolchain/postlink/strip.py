"""From the linker's output to the file that boots: stripped, with its symbol table inside."""

from __future__ import annotations

import struct

from unikernel_toolchain.binary.elf import (
    HEADER,
    PF_R,
    PF_W,
    PF_X,
    PT_GNU_STACK,
    PT_LOAD,
    PT_NULL,
    SEGMENT,
    Elf,
    Segment,
    Symbol,
)
from unikernel_toolchain.binary.symbol_table import encode, functions
from unikernel_toolchain.errors import ImageInvalid

_PAGE_BYTES = 4096
_TABLE_ALIGNMENT_BYTES = 8
_TABLE_SYMBOL = "unikernel_symbol_table"


def verify_wx(elf: Elf, what: str) -> None:
    """Check that no byte of memory is writable and executable at once.

    Raises ImageInvalid, naming `what`, when a segment is both, or when a writable and an
    executable segment share a page.
    """
    loads = [segment for segment in elf.segments if segment.kind == PT_LOAD]
    stacks = [segment for segment in elf.segments if segment.kind == PT_GNU_STACK]
    if any(stack.flags & PF_X for stack in stacks):
        raise ImageInvalid(f"{what} is not W^X: it asks the system for an executable stack.")
    for segment in loads:
        if segment.flags & PF_W and segment.flags & PF_X:
            raise ImageInvalid(
                f"{what} is not W^X: the segment at {segment.address:#x} "
                f"({segment.memory_bytes} bytes) is writable and executable."
            )
    for code in (segment for segment in loads if segment.flags & PF_X):
        for data in (segment for segment in loads if segment.flags & PF_W):
            if _share_a_page(code, data):
                raise ImageInvalid(
                    f"{what} is not W^X: the code at {code.address:#x} and the data at "
                    f"{data.address:#x} share a page."
                )


def _share_a_page(left: Segment, right: Segment) -> bool:
    def pages(segment: Segment) -> tuple[int, int]:
        last = segment.address + max(segment.memory_bytes, 1) - 1
        return segment.address // _PAGE_BYTES, last // _PAGE_BYTES

    (left_first, left_last), (right_first, right_last) = pages(left), pages(right)
    return left_first <= right_last and right_first <= left_last


def strip(elf: Elf) -> bytearray:
    """Return the loadable part of the file alone: no section headers, no debug information.

    The linker lays out what is loaded before everything else, so this is the head of the file.
    """
    end = max(
        [HEADER.size, elf.segment_offset + len(elf.segments) * SEGMENT.size]
        + [s.offset + s.file_bytes for s in elf.segments if s.kind != PT_NULL]
    )
    image = bytearray(elf.data[:end])
    header = list(HEADER.unpack_from(image))
    header[6] = header[11] = header[12] = header[13] = (
        0  # e_shoff, e_shentsize, e_shnum, e_shstrndx
    )
    HEADER.pack_into(image, 0, *header)
    return image


def embed_symbols(image: bytearray, elf: Elf) -> None:
    """Append the table of function names to a stripped image and tell the guest where it is.

    The program header that the link script left empty becomes a read-only segment in the first
    page after the program, as far into it as into its page of the file, so that it can be mapped;
    `unikernel_symbol_table` gets its address and size.
    Raises ImageInvalid when the program reserves no such header or has no such variable.
    """
    named = {s.name: s for s in elf.symbols if s.name in (_TABLE_SYMBOL, "_end")}
    spare = next((i for i, s in enumerate(elf.segments) if s.kind == PT_NULL), None)
    if spare is None or len(named) != 2:
        raise ImageInvalid("The program reserves no place for its symbol table.")
    blob = encode(functions(elf))
    image += bytes(-len(image) % _TABLE_ALIGNMENT_BYTES)
    page = -(-named["_end"].address // _PAGE_BYTES) * _PAGE_BYTES
    address = page + len(image) % _PAGE_BYTES
    SEGMENT.pack_into(
        image,
        elf.segment_offset + spare * SEGMENT.size,
        *(PT_LOAD, PF_R, len(image), address, address, len(blob), len(blob)),
        _PAGE_BYTES,
    )
    struct.pack_into("<QQ", image, file_offset(elf, named[_TABLE_SYMBOL]), address, len(blob))
    image += blob


def file_offset(elf: Elf, symbol: Symbol) -> int:
    """Return where in the file a symbol's bytes are. Raises ImageInvalid when they are not."""
    for segment in elf.segments:
        start = segment.address
        if segment.kind == PT_LOAD and start <= symbol.address < start + segment.file_bytes:
            return segment.offset + symbol.address - start
    raise ImageInvalid(f"{symbol.name} is not in the file.")
