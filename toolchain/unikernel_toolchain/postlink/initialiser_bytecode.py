"""Replaces the straight parts of OCaml module initialisers by bytecode.

A module's initialiser is mostly a long row of moves that runs once, and so is the body of a
functor. An emulator pays about a microsecond for each of them, to translate it; a network stack
has some ten thousand. Here every such row becomes a call of the interpreter `unikernel_initialise`
(runtime/ocaml/initialise.c), with the same moves as bytecode behind the call:

    before   mov mov mov mov mov mov mov mov mov mov mov mov mov mov  next
    after    call unikernel_initialise  operations  STOP n  n bytes   next

What must hold: a row is replaced where it stands, so that calls and the frame table's return
addresses stay where they are, and only if the bytecode is no longer than it; nothing enters it in
its middle; nobody reads flags it would have set. Code for which that cannot be told stays as it is.

OCaml 5's calls of `caml_initialize` are moves (see initialisation.py), in initialisers alone:
elsewhere they fill large arrays, maybe often. There, too, the interpreter allocates small blocks,
and goes on with the row behind the call that would. When the minor heap is full it returns to that
call: it stays in its place, as the collector looks for its return address.

Where a processor runs the code itself this gains nothing: then the pass is turned off.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iced_x86 import Decoder, FlowControl, Instruction

from unikernel_toolchain.binary.elf import STT_FUNC
from unikernel_toolchain.binary.ocaml_symbols import INITIALISER, is_of_a_module, module_with

from . import INTERPRETER, Linked
from .initialisation import NO_RUNTIME, Runtime, moves_in, runtime_of
from .moves import STACK_POINTER, Kind, Move

_LEAST_MOVES = 12  # the call and what comes after it are two more pieces to translate
_CALL_MOVES = _LEAST_MOVES  # so are a call that becomes bytecode and what comes after it
_LEAST_ELSEWHERE = 100  # no function that runs often has so many: copies of records are shorter
# Most functions have too few moves: one look at their bytes spares decoding them.
_LIKE_A_MOVE = re.compile(rb"[\x48-\x4f][\x83\x89\x8b\x8d\xc7]")

# As in runtime/ocaml/initialise.c.
_STOP, _SET_32, _SET_64, _ADDRESS, _LOAD, _STORE, _STORE_32, _INITIALISE = range(8)
_WIDE = 8
_INITIALISATION = bytes([_INITIALISE])
_WITH_REGISTER = {Kind.ADDRESS: _ADDRESS, Kind.LOAD: _LOAD, Kind.STORE: _STORE}
_ALLOCATE = 15
_CALL = struct.Struct("<Bi")
_LONGEST_BYTES = 0xF000  # of a row's moves: a table of parsexp takes 270 KB
_STOP_END, _ALLOCATE_END = struct.Struct("<BH"), struct.Struct("<BBH")


def apply(linked: Linked) -> None:
    """Rewrite the initialisers. Does nothing to a program that `INTERPRETER` is not linked to."""
    elf, image = linked.elf, linked.image
    interpreter = next((s.address for s in elf.symbols if s.name == INTERPRETER and s.section), 0)
    if not interpreter:
        return
    runtime = runtime_of(elf)
    for symbol in elf.symbols:
        if symbol.kind != STT_FUNC or not is_of_a_module(symbol.name):
            continue
        is_initialiser = module_with(symbol.name, INITIALISER) is not None
        called = runtime if is_initialiser else NO_RUNTIME
        least = _LEAST_MOVES if is_initialiser else _LEAST_ELSEWHERE
        offset = elf.file_offset(symbol)
        code = bytes(image[offset : offset + symbol.size_bytes])
        if called.initialize or len(_LIKE_A_MOVE.findall(code)) >= least:
            image[offset : offset + len(code)] = rewritten(
                code, symbol.address, interpreter, least, called
            )


class _Row(NamedTuple):
    """Moves from `start` up to `end`, both addresses, as bytecode.

    An allocation of so many bytes may stand behind it, with another row behind its call.
    """

    start: int
    end: int
    operations: bytes
    moves: int
    allocated_bytes: int | None

    @property
    def fits(self) -> bool:
        """Whether the bytecode is no longer than the moves."""
        return self.skipped_bytes >= 0

    @property
    def skipped_bytes(self) -> int:
        """What of the moves is left behind the bytecode."""
        end = _STOP_END if self.allocated_bytes is None else _ALLOCATE_END
        return self.end - self.start - _CALL.size - len(self.operations) - end.size

    def bytecode(self) -> bytes:
        """Return what stands behind the call of the interpreter."""
        if self.allocated_bytes is None:
            return self.operations + _STOP_END.pack(_STOP, self.skipped_bytes)
        end = _ALLOCATE_END.pack(_ALLOCATE, self.allocated_bytes, self.skipped_bytes)
        return self.operations + end


def rewritten(
    code: bytes,
    address: int,
    interpreter: int,
    least_moves: int = _LEAST_MOVES,
    runtime: Runtime = NO_RUNTIME,
) -> bytes:
    """Return the code of the function at `address` with bytecode in it.

    Code that could be entered anywhere, by a jump whose target is computed, stays as it is, as
    does what is no code.
    """
    instructions = list(Decoder(64, code, ip=address))
    for instruction in instructions:
        if instruction.is_invalid or instruction.flow_control == FlowControl.INDIRECT_BRANCH:
            return code
    result = bytearray(code)
    for chain in _chains(row for row in _rows(instructions, least_moves, runtime) if row.fits):
        if sum(row.moves for row in chain) + _CALL_MOVES * (len(chain) - 1) < least_moves:
            continue
        for row in chain:
            call = _CALL.pack(0xE8, interpreter - row.start - _CALL.size)
            new = call + row.bytecode()
            result[row.start - address : row.start - address + len(new)] = new
    return bytes(result)


def _rows(instructions: list[Instruction], least_moves: int, runtime: Runtime) -> Iterator[_Row]:
    """Yield the rows of so many moves, or of any number where allocations may join rows.

    A row is entered at its beginning alone: it ends before whatever a jump goes to, or an address
    is taken of; and before more is left behind its bytecode than 16 bits can say. Nor does its
    last sum leave flags that somebody reads: bytecode leaves none.
    """
    targets = {target for each in instructions if (target := _target(each))}
    operations: list[bytes] = []
    start = moves = 0
    for instruction, move in moves_in(instructions, runtime, targets):
        operation = _operation(move)
        is_full = instruction.ip - start > _LONGEST_BYTES
        if operations and (not operation or instruction.ip in targets or is_full):
            if (moves >= least_moves or runtime.allocators) and not instruction.rflags_read:
                size_bytes = move.value if move and move.kind == Kind.ALLOCATE else None
                yield _Row(start, instruction.ip, b"".join(operations), moves, size_bytes)
            operations, moves = [], 0
        if operation:
            start = start if operations else instruction.ip
            operations.append(operation)
            moves += _CALL_MOVES if operation == _INITIALISATION else 1
    if operations:
        yield _Row(start, instructions[-1].next_ip, b"".join(operations), moves, None)


def _chains(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Yield rows with nothing but allocations between them; behind the last there is none."""
    chain: list[_Row] = []
    for row in rows:
        joined = chain and chain[-1].allocated_bytes is not None
        if chain and not (joined and chain[-1].end + _CALL.size == row.start):
            yield [*chain[:-1], chain[-1]._replace(allocated_bytes=None)]
            chain = []
        chain.append(row)
    if chain:
        yield [*chain[:-1], chain[-1]._replace(allocated_bytes=None)]


def _target(instruction: Instruction) -> int:
    """Return where a jump or call goes, or a RIP-relative operand lies; 0 without."""
    if instruction.is_ip_rel_memory_operand:
        return instruction.ip_rel_memory_address
    return instruction.near_branch_target


def _operation(move: Move | None) -> bytes:
    """Return a move's bytecode; none when there is no move, or one of the stack pointer.

    The interpreter puts the stack pointer back where it was.
    """
    if move is None or move.kind == Kind.ALLOCATE:
        return b""
    if move.register == STACK_POINTER and move.kind != Kind.STORE:
        return b""
    match move.kind:
        case Kind.SET:
            return _setting(move.register, move.value)
        case Kind.INITIALISE:
            return _INITIALISATION
        case Kind.STORE_VALUE:
            return _at(_STORE_32, move) + struct.pack("<i", move.value)
    return _at(_WITH_REGISTER[move.kind], move)


def _setting(register: int, value: int) -> bytes:
    if -(1 << 31) <= value < 1 << 31:
        return struct.pack("<BBi", _SET_32, register << 4, value)
    return struct.pack("<BBq", _SET_64, register << 4, value)


def _at(operation: int, move: Move) -> bytes:
    registers = move.register << 4 | move.base
    if -128 <= move.displacement < 128:
        return struct.pack("<BBb", operation, registers, move.displacement)
    return struct.pack("<BBi", operation | _WIDE, registers, move.displacement)
