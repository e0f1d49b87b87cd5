"""Decodes x86-64 as far as code that initialises OCaml modules goes.

Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, appendix A.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

REX_W, REX_R, REX_X, REX_B = 8, 4, 2, 1
RIP = -1  # the base of an operand relative to the next instruction
_PREFIXES = frozenset({0x66, 0xF2, 0xF3})

_MODRM = frozenset(
    {*(base + form for base in range(0, 0x40, 8) for form in range(4))}
    | {0x63, *range(0x84, 0x8C), 0x8D, 0x8F, 0xD0, 0xD1, 0xD2, 0xD3, 0xFE, 0xFF}
    | {0x80, 0x83, 0xC0, 0xC1, 0x6B, 0xC6, 0x81, 0xC7, 0x69, 0xF6, 0xF7}
)
_IMMEDIATE_8 = frozenset(
    {*range(4, 0x40, 8), 0xA8, 0x6A, 0xEB, *range(0x70, 0x80), *range(0xB0, 0xB8)}
    | {0x80, 0x83, 0xC0, 0xC1, 0x6B, 0xC6}
)
_IMMEDIATE_32 = frozenset({*range(5, 0x40, 8), 0xA9, 0x68, 0xE8, 0xE9, 0x81, 0xC7, 0x69})
_PLAIN = frozenset({*range(0x50, 0x60), *range(0x90, 0x9A), 0xC3, 0xCC})
_TWO_BYTE_MODRM = frozenset(
    {0x10, 0x11, 0x12, 0x14, 0x16, 0x1F, 0x28, 0x29, 0x2A, 0x2C, 0x2D, 0x2E, 0x2F, 0x51, 0x54}
    | {0x57, *range(0x40, 0x50), *range(0x58, 0x60), 0x6E, 0x7E, *range(0x90, 0xA0), 0xAF}
    | {0xB6, 0xB7, 0xBE, 0xBF, 0xD6, 0xEF}
)


class Unknown(Exception):
    """An instruction that this module does not decode."""


class Instruction(NamedTuple):
    """One instruction. `operation` is the opcode, 0x0F00 added where it has two bytes.

    `register` and `other` are numbers of registers; `other` is that of the memory operand's
    base when `is_memory`, None when the operand has an index or no base, RIP when relative.
    """

    start: int
    end: int
    rex: int
    operation: int
    register: int
    other: int | None
    is_memory: bool
    displacement: int
    immediate: int

    @property
    def target(self) -> int | None:
        """Where a jump or call goes, or a RIP-relative operand lies; None without."""
        relative = self.operation in (0xE8, 0xE9, 0xEB)
        conditional = 0x70 <= self.operation < 0x80 or 0x0F80 <= self.operation < 0x0F90
        if relative or conditional:
            return self.end + self.immediate
        return self.end + self.displacement if self.other == RIP else None


def decode(code: bytes, at: int) -> Instruction:
    """Decode the instruction at an offset. Raises Unknown, also where the code ends too early."""
    try:
        return _decode(code, at)
    except (IndexError, struct.error):
        raise Unknown(at) from None


def _decode(code: bytes, start: int) -> Instruction:
    at, rex, prefixed = start, 0, False
    while code[at] in _PREFIXES:
        at, prefixed = at + 1, True
    if code[at] & 0xF0 == 0x40:
        at, rex = at + 1, code[at] & 15
    operation, at = code[at], at + 1
    if operation == 0x0F:
        operation, at = 0x0F00 | code[at], at + 1
    register, other, is_memory, displacement = operation & 7 | (rex & REX_B) << 3, None, False, 0
    if operation in _MODRM or operation - 0x0F00 in _TWO_BYTE_MODRM:
        register, other, is_memory, displacement, at = _operands(code, at, rex)
    immediate, at = _immediate(code, at, rex, operation, register)
    if prefixed:  # another operand size, or another instruction
        if operation in _IMMEDIATE_32:
            raise Unknown(start)
        operation = -operation
    return Instruction(
        start, at, rex, operation, register, other, is_memory, displacement, immediate
    )


def _operands(code: bytes, at: int, rex: int) -> tuple[int, int | None, bool, int, int]:
    mode, register, low = code[at] >> 6, code[at] >> 3 & 7 | (rex & REX_R) << 1, code[at] & 7
    at += 1
    other: int | None = low | (rex & REX_B) << 3
    if mode == 3:
        return register, other, False, 0, at
    wide = mode == 2
    if low == 4:
        has_index = (code[at] >> 3 & 7 | (rex & REX_X) << 2) != 4
        low = code[at] & 7
        absolute = mode == 0 and low == 5
        other = None if has_index or absolute else low | (rex & REX_B) << 3
        wide, at = wide or absolute, at + 1
    elif mode == 0 and low == 5:
        other, wide = RIP, True
    if wide:
        return register, other, True, struct.unpack_from("<i", code, at)[0], at + 4
    if mode == 1:
        return register, other, True, struct.unpack_from("<b", code, at)[0], at + 1
    return register, other, True, 0, at


def _immediate(code: bytes, at: int, rex: int, operation: int, register: int) -> tuple[int, int]:
    if operation in (0xF6, 0xF7) and register & 7 < 2:
        return 0, at + (1 if operation == 0xF6 else 4)
    if 0xB8 <= operation <= 0xBF:
        form, size = ("<Q", 8) if rex & REX_W else ("<I", 4)
    elif operation in _IMMEDIATE_8:
        form, size = "<b", 1
    elif operation in _IMMEDIATE_32 or 0x0F80 <= operation < 0x0F90:
        form, size = "<i", 4
    elif operation in _MODRM | _PLAIN or operation - 0x0F00 in _TWO_BYTE_MODRM:
        return 0, at
    else:
        raise Unknown(at)
    return struct.unpack_from(form, code, at)[0], at + size
