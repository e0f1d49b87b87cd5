"""The probe kernel: the smallest guest that proves a hypervisor runs guests.

A 32-bit ELF made here byte by byte. Its PVH note (Xen note type 18) names the entry; QEMU loads
it, enters in 32-bit protected mode, and the code writes 42 to the isa-debug-exit port, so that
QEMU returns 85. Nothing but an executed guest instruction produces that status.
"""

from __future__ import annotations

import struct

from .command_line import DEBUG_EXIT_PORT

PROOF = 42
EXIT_STATUS = PROOF << 1 | 1

_LOAD_ADDRESS = 0x100000
_HEADERS_SIZE = 52 + 2 * 32
_PVH_ENTRY_NOTE = 18

_CODE = (
    b"\xb0" + bytes([PROOF])  # mov $PROOF, %al
    + b"\x66\xba" + struct.pack("<H", DEBUG_EXIT_PORT)  # mov $port, %dx
    + b"\xee"  # out %al, %dx
    + b"\xf4"  # hlt
    + b"\xeb\xfd"  # jmp to the hlt
)  # fmt: skip


def elf() -> bytes:
    """Return the probe kernel as a file's contents."""
    note_at = _HEADERS_SIZE
    entry = _LOAD_ADDRESS + note_at + _note_size()
    note = struct.pack("<III4sI", 4, 4, _PVH_ENTRY_NOTE, b"Xen\0", entry)
    contents = note + _CODE
    size = _HEADERS_SIZE + len(contents)
    load = _segment(1, 0, size, flags=5)
    notes = _segment(4, note_at, len(note), flags=4)
    return _header(entry) + load + notes + contents


def _note_size() -> int:
    return struct.calcsize("<III4sI")


def _header(entry: int) -> bytes:
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)  # 32-bit, little-endian, version 1
    fields = (2, 3, 1, entry, 52, 0, 0, 52, 32, 2, 0, 0, 0)  # ET_EXEC, EM_386, two segments
    return ident + struct.pack("<HHIIIIIHHHHHH", *fields)


def _segment(kind: int, offset: int, size: int, *, flags: int) -> bytes:
    address = _LOAD_ADDRESS + offset
    return struct.pack("<8I", kind, offset, address, address, size, size, flags, 4)
