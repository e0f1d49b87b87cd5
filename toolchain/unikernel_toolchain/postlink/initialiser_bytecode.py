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

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iced_x86 import Decoder, FlowControl, Instruction

from unikernel_toolchain.binary.elf import STT_FUNC
from unikernel_toolchain.binary.ocaml_symbols import INITIALISER, is_of_a_module, module_with

from . import INTERPRETER, Linked
from .initialisation import NO_RUNTIME, Runtime, moves_in, runtime_of
from .moves import MOVES, STACK_POINTER, Kind, Move

_LEAST_MOVES = 12  # the call and what comes after it are two more pieces to translate
_CALL_MOVES = _LEAST_MOVES  # so are a call that becomes bytecode and what comes after it
_LEAST_ELSEWHERE = 100  # no function that runs often has so many: copies of records are shorter
# Most functions have too few moves: one look at their bytes spares decoding them. A REX prefix
# with W set becomes 1, an opcode of a move 2: a search for these two takes a tenth of a pattern's.
_OPCODES = (0x83, 0x89, 0x8B, 0x8D, 0xC7)
_LOOK = bytes(2 if b in _OPCODES else 0x48 <= b <= 0x4F for b in range(256))
_LIKE_A_MOVE = bytes([1, 2])
_LEAST_MOVE_BYTES = 3

# As in runtime/ocaml/initialise.c.
_STOP, _SET_32, _SET_64, _ADDRESS, _LOAD, _STORE, _STORE_32, _INITIALISE = range(8)
_WIDE = 8
_INITIALISATION = bytes([_INITIALISE])
_WITH_PLACE = (0, 0, _ADDRESS, _LOAD, _STORE, _STORE_32)  # by their kinds of move
_WITH_8, _WITH_32, _WITH_64 = (struct.Struct(f"<BB{width}").pack for width in "biq")
_VALUE = struct.Struct("<i").pack
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
        is_initialiser = module_with(symbol.name, INITIALISER) is not None
        called = runtime if is_initialiser else NO_RUNTIME
        least = _LEAST_MOVES if is_initialiser else _LEAST_ELSEWHERE
        if symbol.size_bytes < least * _LEAST_MOVE_BYTES and not called.initialize:
            continue  # as most, which are not asked for more
        if symbol.kind != STT_FUNC or not is_of_a_module(symbol.name):
            continue
        offset = elf.file_offset(symbol)
        code = bytes(image[offset : offset + symbol.size_bytes])
        if called.initialize or code.translate(_LOOK).count(_LIKE_A_MOVE) >= least:
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
    # Where calls are no moves a row is that many in a row: a look at the opcodes spares the rest.
    can_be_moves = bytes(each.code in MOVES for each in instructions)
    if runtime == NO_RUNTIME and bytes([True]) * least_moves not in can_be_moves:
        return code
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
        operation = _operation(move) if move else b""
        at = instruction.ip
        if operations and (not operation or at in targets or at - start > _LONGEST_BYTES):
            if (moves >= least_moves or runtime.allocators) and not instruction.rflags_read:
                size_bytes = move.value if move and move.kind == Kind.ALLOCATE else None
                yield _Row(start, at, b"".join(operations), moves, size_bytes)
            operations, moves = [], 0
        if operation:
            start = start if operations else at
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


def _operation(move: Move) -> bytes:
    """Return a move's bytecode; none of an allocation, and of one of the stack pointer.

    The interpreter puts the stack pointer back where it was.
    """
    kind, register, base, displacement, value = move
    if (register == STACK_POINTER and kind != Kind.STORE) or kind == Kind.ALLOCATE:
        return b""
    if kind == Kind.SET:
        wide = not -(1 << 31) <= value < 1 << 31
        return (_WITH_64 if wide else _WITH_32)(_SET_32 + wide, register << 4, value)
    if kind == Kind.INITIALISE:
        return _INITIALISATION
    registers, operation = register << 4 | base, _WITH_PLACE[kind]
    if -128 <= displacement < 128:
        code = _WITH_8(operation, registers, displacement)
    else:
        code = _WITH_32(operation | _WIDE, registers, displacement)
    return code + _VALUE(value) if kind == Kind.STORE_VALUE else code
