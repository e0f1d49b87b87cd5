"""Initialises in the file the OCaml modules that hold constants only.

Most modules define functions: their initialiser does nothing but put addresses and numbers
into the module's block, whose fields hold `unit` until then. Nobody looks at a field before
that, so the fields can have their values from the beginning, and `caml_program`, which calls
the initialisers one after the other, passes over these. Its calls that are left stay where
they are, so frame tables stay true, and the number of initialised modules, which the collector
reads, is right at each of them.

An initialiser is interpreted, with the registers it has set itself and the words that constant
modules before it have stored. Whatever else it does or reads ends that, and it is called as before:
a call, a jump, a word whose value the program may change, a store elsewhere than into a field that
holds `unit`. A call of OCaml 5's `caml_initialize` is a store (see initialisation.py): a value that
is known here is no block of the minor heap, so there is nothing to remember. The collector does not
mind either: it marks no static data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from iced_x86 import Code, Decoder

from unikernel_toolchain.binary.elf import SHF_WRITE, SHT_NOBITS, STT_FUNC, Elf
from unikernel_toolchain.binary.ocaml_symbols import INITIALISER, module_with

from . import Linked
from .initialisation import (
    CHANGED_BY_C,
    FIELD,
    SAVED_STACK_POINTER,
    VALUE,
    behind_stack_check,
    moves_in,
    runtime_of,
)
from .moves import STACK_POINTER, Kind, Move

_PROGRAM = "caml_program"
_COUNT_UP = bytes.fromhex("48 83 00 01")  # addq $1, (%rax)
_COUNTER_ADDRESS = bytes.fromhex("48 c7 c0")  # movq $counter, %rax
_COUNT_UP_FAR = bytes.fromhex("48 81 00")  # addq $n, (%rax), n of 32 bits
_JUMP_FAR = 0xE9
_NOP_5 = bytes.fromhex("0f 1f 44 00 00")
_WORD = struct.Struct("<Q")
_WORD_MASK = (1 << 64) - 1
_UNIT = 1  # as OCaml represents it


class _Step(NamedTuple):
    """One module in `caml_program`: the call of its initialiser, then the counting.

    `start`, `end` and `callee` are addresses.
    """

    start: int
    end: int
    callee: int
    counting: bytes  # what puts the counter's address into %rax


class _NotConstant(Exception):
    """An initialiser does more than to store constants in fields that hold `unit`."""


def apply(linked: Linked) -> None:
    """Carry out the initialisers of constant modules. Does nothing to a program not in OCaml."""
    image, elf = linked.image, linked.elf
    program = next((s for s in elf.symbols if s.name == _PROGRAM and s.section), None)
    if program is None:
        return
    memory = _Memory(image, elf)
    code = memory.code(program.address, program.size_bytes)
    initialisers = {
        symbol.address: symbol.size_bytes
        for symbol in elf.symbols
        if symbol.kind == STT_FUNC and module_with(symbol.name, INITIALISER)
    }

    def is_constant(step: _Step) -> bool:
        return _evaluate(memory, step.callee, initialisers.get(step.callee, 0))

    # In the program's order: a module reads what those before it have stored.
    for constant, steps in groupby(_steps(code, program.address), is_constant):
        if constant:
            run = list(steps)
            at = memory.offset(run[0].start)
            image[at : at + run[-1].end - run[0].start] = _passing(run)


class _Memory:
    """The program's memory as it is in the file, and the words that initialisers have stored."""

    def __init__(self, image: bytearray, elf: Elf) -> None:
        self._image = image
        self._sections = [s for s in elf.sections if s.address and s.kind != SHT_NOBITS]
        self._stored: dict[int, int] = {}
        self.runtime = runtime_of(elf)

    def offset(self, address: int, writable: bool = False) -> int:
        """Return where an address is in the file. Raises _NotConstant when it is not there."""
        for section in self._sections:
            inside = section.address <= address < section.address + section.size_bytes
            if inside and (not writable or section.flags & SHF_WRITE):
                return section.offset + address - section.address
        raise _NotConstant

    def code(self, address: int, size_bytes: int) -> bytes:
        """Return the bytes of a function."""
        start = self.offset(address)
        return bytes(self._image[start : start + size_bytes])

    def load(self, address: int) -> int:
        """Return a word that was stored; others may have another value when the program runs."""
        if address not in self._stored:
            raise _NotConstant
        return self._stored[address]

    def check_is_unit(self, address: int) -> None:
        """Raise _NotConstant unless the word in the file is a field that waits for its value."""
        at = self.offset(address, writable=True)
        if address % _WORD.size or _WORD.unpack_from(self._image, at) != (_UNIT,):
            raise _NotConstant

    def store(self, words: dict[int, int]) -> None:
        """Put words into the file, by their addresses."""
        for address, word in words.items():
            _WORD.pack_into(self._image, self.offset(address), word)
        self._stored.update(words)


def _steps(code: bytes, address: int) -> Iterator[_Step]:
    """Yield the modules, one behind the other, as far as they look as this module knows it."""
    found = list(behind_stack_check(Decoder(64, code, ip=address)))
    if found and found[0].code != Code.CALL_REL32_64:  # it adjusts the stack
        del found[0]
    for call, load, add in zip(found[::3], found[1::3], found[2::3], strict=False):
        counting = code[load.ip - address : load.next_ip - address]
        counts = counting.startswith(_COUNTER_ADDRESS)
        counts &= code[add.ip - address : add.next_ip - address] == _COUNT_UP
        if call.code != Code.CALL_REL32_64 or not counts:
            return
        yield _Step(call.ip, add.next_ip, call.near_branch_target, counting)


def _evaluate(memory: _Memory, address: int, size_bytes: int) -> bool:
    """Store what an initialiser stores, if all of it is constant; say whether it is."""
    try:
        memory.store(_stores(memory, address, size_bytes))
    except _NotConstant:
        return False
    return True


def _stores(memory: _Memory, address: int, size_bytes: int) -> dict[int, int]:
    """Return the words that an initialiser stores, by their addresses."""
    registers: dict[int, int] = {}
    stores: dict[int, int] = {}
    code = Decoder(64, memory.code(address, size_bytes), ip=address)
    for instruction, move in moves_in(behind_stack_check(code), memory.runtime):
        if instruction.code == Code.RETNQ:
            return stores
        if move is None or move.kind == Kind.ALLOCATE:
            raise _NotConstant
        _carry_out(move, registers, stores, memory)
    raise _NotConstant


def _carry_out(
    move: Move, registers: dict[int, int], stores: dict[int, int], memory: _Memory
) -> None:
    if move.kind == Kind.SET:
        registers[move.register] = move.value & _WORD_MASK
        return
    if move.kind == Kind.INITIALISE:
        _initialise(registers, stores, memory)
        return
    if move.kind == Kind.ADDRESS and move.register == move.base == STACK_POINTER:
        return  # room for spilled values, of which there are none
    if move.base not in registers:
        raise _NotConstant
    place = (registers[move.base] + move.displacement) & _WORD_MASK
    if move.kind == Kind.ADDRESS:
        registers[move.register] = place
    elif move.kind == Kind.LOAD:
        registers[move.register] = stores[place] if place in stores else memory.load(place)
    else:
        if move.kind == Kind.STORE and move.register not in registers:
            raise _NotConstant
        memory.check_is_unit(place)
        value = move.value if move.kind == Kind.STORE_VALUE else registers[move.register]
        stores[place] = value & _WORD_MASK


def _initialise(registers: dict[int, int], stores: dict[int, int], memory: _Memory) -> None:
    if not {FIELD, VALUE} <= registers.keys():
        raise _NotConstant
    memory.check_is_unit(registers[FIELD])
    stores[registers[FIELD]] = registers[VALUE]
    for register in (*CHANGED_BY_C, SAVED_STACK_POINTER):
        registers.pop(register, None)


def _passing(run: list[_Step]) -> bytes:
    """Return what takes the place of these steps: it counts them, and goes on behind them.

    One step is shorter than what counts several and a jump, and is padded; of more, what the jump
    passes over is never run, and traps.
    """
    count, counting = len(run), run[0].counting
    length = run[-1].end - run[0].start
    if count == 1:
        return counting + _COUNT_UP + _NOP_5
    add = _COUNT_UP_FAR + struct.pack("<i", count)
    left = length - len(counting) - len(add) - 5
    jump = struct.pack("<Bi", _JUMP_FAR, left)
    return counting + add + jump + bytes([0xCC]) * left
