"""The instructions of initialisers that only move words about, whatever their encoding.

iced-x86 decodes. An instruction has its meaning by its `Code`, iced's number for one row of the
opcode tables of the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: one
Code is one operation with operands of one size and kind. What is not listed here is no move. Of
a sum only the value counts, not the flags; who replaces moves looks that nobody reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from iced_x86 import Code, Instruction, OpKind, Register

STACK_POINTER = 4
_REGISTERS = 16
# A program has tens of thousands of moves: what is asked of each is at hand, as a plain number. By
# these registers' numbers follow those of their size, in the order by which instructions name them.
_RAX, _EAX = int(Register.RAX), int(Register.EAX)
_MEMORY = int(OpKind.MEMORY)


class Kind:
    """What a move does. `place` is base + displacement.

    Plain numbers: to look a member of an enumeration up takes ten times as long.
    """

    SET = 1  # register := value
    ADDRESS = 2  # register := place
    LOAD = 3  # register := word at place
    STORE = 4  # word at place := register
    STORE_VALUE = 5  # word at place := value, of 32 bits, sign extended
    INITIALISE = 6  # a call of caml_initialize, see initialisation.py
    ALLOCATE = 7  # a call that moves %r15 down by value, if there is room


class Move(NamedTuple):
    """One move of 64 bits. `register` and `base` are numbers; what a kind lacks is 0."""

    kind: int  # Kind
    register: int = 0
    base: int = 0
    displacement: int = 0
    value: int = 0


def move_of(instruction: Instruction) -> Move | None:
    """Return what an instruction moves; None when it does something else."""
    read = MOVES.get(instruction.code)
    return read(instruction) if read else None


def _load(instruction: Instruction) -> Move | None:
    if instruction.op1_kind == _MEMORY:
        return _with_memory(Kind.LOAD, instruction, instruction.op0_register - _RAX)
    return _copy(instruction)


def _store(instruction: Instruction) -> Move | None:
    if instruction.op0_kind == _MEMORY:
        return _with_memory(Kind.STORE, instruction, instruction.op1_register - _RAX)
    return _copy(instruction)


def _address(instruction: Instruction) -> Move | None:
    return _with_memory(Kind.ADDRESS, instruction, instruction.op0_register - _RAX)


def _set(instruction: Instruction) -> Move | None:
    """Read a number, which goes to a register or into memory."""
    value = _signed(instruction.immediate(1))
    if instruction.op0_kind == _MEMORY:
        return _with_memory(Kind.STORE_VALUE, instruction, 0, value)
    register = instruction.op0_register
    return Move(Kind.SET, register - (_RAX if register >= _RAX else _EAX), 0, 0, value)


def _add(instruction: Instruction, sign: int = 1) -> Move | None:
    if instruction.op0_kind == _MEMORY:
        return None
    register = instruction.op0_register - _RAX
    return Move(Kind.ADDRESS, register, register, sign * _signed(instruction.immediate(1)))


def _subtract(instruction: Instruction) -> Move | None:
    return _add(instruction, -1)


def _copy(instruction: Instruction) -> Move:
    return Move(Kind.ADDRESS, instruction.op0_register - _RAX, instruction.op1_register - _RAX)


def _with_memory(kind: int, instruction: Instruction, register: int, value: int = 0) -> Move | None:
    """Return the move; None where the place is another than a register and a distance."""
    base = instruction.memory_base - _RAX
    if not 0 <= base < _REGISTERS:  # another size than 64 bits, or RIP
        return None
    if instruction.memory_index or instruction.segment_prefix:  # 0 is none
        return None
    return Move(kind, register, base, _signed(instruction.memory_displacement), value)


def _signed(word: int) -> int:
    """Return a word of 64 bits, as iced gives operands, as a signed number."""
    return word - (1 << 64) if word >> 63 else word


MOVES: dict[int, Callable[[Instruction], Move | None]] = {
    Code.MOV_R64_RM64: _load,
    Code.MOV_RM64_R64: _store,
    Code.LEA_R64_M: _address,
    # Writing a register of 32 bits clears the upper half (volume 1, section 3.4.1.1).
    **dict.fromkeys((Code.MOV_R64_IMM64, Code.MOV_RM64_IMM32, Code.MOV_R32_IMM32), _set),
    **dict.fromkeys((Code.ADD_RM64_IMM8, Code.ADD_RM64_IMM32, Code.ADD_RAX_IMM32), _add),
    **dict.fromkeys((Code.SUB_RM64_IMM8, Code.SUB_RM64_IMM32, Code.SUB_RAX_IMM32), _subtract),
}
