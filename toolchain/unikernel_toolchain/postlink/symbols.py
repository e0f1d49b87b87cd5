"""Appends the table of function names that a guest's fault reports are printed with."""

from __future__ import annotations

import struct

from unikernel_toolchain.binary.elf import PF_R, PT_LOAD, PT_NULL, SEGMENT
from unikernel_toolchain.binary.symbol_table import encode, functions
from unikernel_toolchain.errors import ImageInvalid

from . import Linked

_PAGE_BYTES = 4096
_TABLE_ALIGNMENT_BYTES = 8
_TABLE_SYMBOL = "unikernel_symbol_table"


def apply(linked: Linked) -> None:
    """Append the table and tell the guest where it is.

    The program header that the link script left empty becomes a read-only segment in the first
    page after the program, as far into it as into its page of the file, so that it can be mapped;
    `unikernel_symbol_table` gets its address and size.
    Raises ImageInvalid when the program reserves no such header or has no such variable.
    """
    elf, image = linked.elf, linked.image
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
    struct.pack_into("<QQ", image, elf.file_offset(named[_TABLE_SYMBOL]), address, len(blob))
    image += blob
