"""The instructions of initialisers that only move words about, whatever their encoding.

iced-x86 decodes. An instruction has its meaning by its `Code`, iced's number for one row of the
opcode tables of the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: one
Code is one operation with operands of one size and kind. What is not listed here is no move. Of
a sum only the value counts, not the flags; who replaces moves looks that nobody reads them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from iced_x86 import Code, Instruction, OpKind, Register

STACK_POINTER = 4
_REGISTERS = 16
_NO_REGISTER: int = Register.NONE  # the only one that iced's types know


class Kind(IntEnum):
    """What a move does. `place` is base + displacement."""

    SET = 1  # register := value
    ADDRESS = 2  # register := place
    LOAD = 3  # register := word at place
    STORE = 4  # word at place := register
    STORE_VALUE = 5  # word at place := value, of 32 bits, sign extended
    INITIALISE = 6  # a call of caml_initialize, see initialisation.py
    ALLOCATE = 7  # a call that moves %r15 down by value, if there is room


class Move(NamedTuple):
    """One move of 64 bits. `register` and `base` are numbers; what a kind lacks is 0."""

    kind: Kind
    register: int = 0
    base: int = 0
    displacement: int = 0
    value: int = 0


_LOADS = {Code.MOV_R64_RM64: Kind.LOAD, Code.LEA_R64_M: Kind.ADDRESS}
_STORES = {Code.MOV_RM64_R64: Kind.STORE, Code.MOV_RM64_IMM32: Kind.STORE_VALUE}
_SUMS = {
    **dict.fromkeys((Code.ADD_RM64_IMM8, Code.ADD_RM64_IMM32, Code.ADD_RAX_IMM32), 1),
    **dict.fromkeys((Code.SUB_RM64_IMM8, Code.SUB_RM64_IMM32, Code.SUB_RAX_IMM32), -1),
}
# Writing a register of 32 bits clears the upper half (volume 1, section 3.4.1.1).
_SETS = {Code.MOV_R64_IMM64, Code.MOV_RM64_IMM32, Code.MOV_R32_IMM32}
_MOVES = frozenset({*_LOADS, *_STORES, *_SUMS, *_SETS})


def move_of(instruction: Instruction) -> Move | None:
    """Return what an instruction moves; None when it does something else."""
    code = instruction.code
    if code not in _MOVES:
        return None
    if instruction.op0_kind == OpKind.MEMORY:
        return _with_memory(_STORES.get(code), instruction, instruction.op1_register)
    if instruction.op1_kind == OpKind.MEMORY:
        return _with_memory(_LOADS.get(code), instruction, instruction.op0_register)
    register = _number(instruction.op0_register)
    if code in _SETS:
        return Move(Kind.SET, register, value=_signed(instruction.immediate(1)))
    if code in _SUMS:
        distance = _SUMS[code] * _signed(instruction.immediate(1))
        return Move(Kind.ADDRESS, register, register, distance)
    return Move(Kind.ADDRESS, register, _number(instruction.op1_register))


def _with_memory(kind: Kind | None, instruction: Instruction, other: int) -> Move | None:
    """Return the move; None where the place is another than a register and a distance."""
    base = instruction.memory_base - Register.RAX
    simple = (
        0 <= base < _REGISTERS  # 64 bits wide, and not RIP
        and instruction.memory_index == _NO_REGISTER
        and instruction.segment_prefix == _NO_REGISTER
    )
    if kind is None or not simple:
        return None
    value = _signed(instruction.immediate(1)) if kind == Kind.STORE_VALUE else 0
    register = 0 if kind == Kind.STORE_VALUE else _number(other)
    displacement = _signed(instruction.memory_displacement)
    return Move(kind, register, base, displacement, value)


def _number(register: int) -> int:
    """Return the number by which instructions name a register of 64 or 32 bits."""
    first = Register.RAX if register >= Register.RAX else Register.EAX
    return register - first


def _signed(word: int) -> int:
    """Return a word of 64 bits, as iced gives operands, as a signed number."""
    return word - (1 << 64) if word >> 63 else word
