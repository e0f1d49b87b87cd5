"""The instructions of initialisers that only move words about, whatever their encoding."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from .x86 import REX_W, RIP, Instruction

STACK_POINTER = 4
_ADD, _SUBTRACT = 0, 5  # the digits of operations that have several


class Kind(IntEnum):
    """What a move does. `place` is base + displacement."""

    SET = 1  # register := value
    ADDRESS = 2  # register := place
    LOAD = 3  # register := word at place
    STORE = 4  # word at place := register
    STORE_VALUE = 5  # word at place := value, of 32 bits, sign extended


class Move(NamedTuple):
    """One move of 64 bits. `register` and `base` are numbers; what a kind lacks is 0."""

    kind: Kind
    register: int = 0
    base: int = 0
    displacement: int = 0
    value: int = 0


def move_of(instruction: Instruction) -> Move | None:
    """Return what an instruction moves; None when it does something else."""
    if 0xB8 <= instruction.operation <= 0xBF:
        return Move(Kind.SET, instruction.register, value=instruction.immediate)
    if not instruction.rex & REX_W:
        return None
    if instruction.other in (None, RIP) and instruction.operation not in (5, 0x2D):
        return None
    return _with_memory(instruction) if instruction.is_memory else _with_registers(instruction)


def _with_memory(instruction: Instruction) -> Move | None:
    assert instruction.other is not None
    place = instruction.register, instruction.other, instruction.displacement
    match instruction.operation:
        case 0x89:
            return Move(Kind.STORE, *place)
        case 0x8B:
            return Move(Kind.LOAD, *place)
        case 0x8D:
            return Move(Kind.ADDRESS, *place)
        case 0xC7:
            return Move(Kind.STORE_VALUE, 0, *place[1:], instruction.immediate)
    return None


def _with_registers(instruction: Instruction) -> Move | None:
    register, other = instruction.register, instruction.other or 0
    digit = register & 7
    match instruction.operation:
        case 0x89:
            return Move(Kind.ADDRESS, other, register)
        case 0x8B:
            return Move(Kind.ADDRESS, register, other)
        case 0xC7:
            return Move(Kind.SET, other, value=instruction.immediate)
        case 0x81 | 0x83 if digit in (_ADD, _SUBTRACT):
            sign = 1 if digit == _ADD else -1
            return Move(Kind.ADDRESS, other, other, sign * instruction.immediate)
        case 0x05 | 0x2D:
            sign = 1 if instruction.operation == 0x05 else -1
            return Move(Kind.ADDRESS, 0, 0, sign * instruction.immediate)
    return None
