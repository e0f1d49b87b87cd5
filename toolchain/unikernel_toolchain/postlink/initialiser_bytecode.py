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
elsewhere they fill large arrays, maybe often.
Where a processor runs the code itself this gains nothing: then the pass is turned off.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from iced_x86 import Decoder, FlowControl, Instruction

from unikernel_toolchain.binary.elf import STT_FUNC
from unikernel_toolchain.binary.ocaml_symbols import INITIALISER, is_of_a_module, module_with

from . import INTERPRETER, Linked
from .initialisation import caml_initialize, pieces
from .moves import STACK_POINTER, Kind, Move

_LEAST_MOVES = 12  # the call and what comes after it are two more pieces to translate
_CALL_MOVES = _LEAST_MOVES  # a call of caml_initialize is as much
_LEAST_ELSEWHERE = 100  # no function that runs often has so many: copies of records are shorter
# Most functions have too few moves: one look at their bytes spares decoding them.
_LIKE_A_MOVE = re.compile(rb"[\x48-\x4f][\x83\x89\x8b\x8d\xc7]")

# As in runtime/ocaml/initialise.c.
_STOP, _SET_32, _SET_64, _ADDRESS, _LOAD, _STORE, _STORE_32, _INITIALISE = range(8)
_WIDE = 8
_INITIALISATION = bytes([_INITIALISE])
_WITH_REGISTER = {Kind.ADDRESS: _ADDRESS, Kind.LOAD: _LOAD, Kind.STORE: _STORE}
_CALL = struct.Struct("<Bi")
_END = struct.Struct("<BH")


def apply(linked: Linked) -> None:
    """Rewrite the initialisers. Does nothing to a program that `INTERPRETER` is not linked to."""
    elf, image = linked.elf, linked.image
    interpreter = next((s.address for s in elf.symbols if s.name == INTERPRETER and s.section), 0)
    if not interpreter:
        return
    initialize = caml_initialize(elf)
    for symbol in elf.symbols:
        if symbol.kind != STT_FUNC or not is_of_a_module(symbol.name):
            continue
        is_initialiser = module_with(symbol.name, INITIALISER) is not None
        calls = initialize if is_initialiser else 0
        least = _LEAST_MOVES if is_initialiser else _LEAST_ELSEWHERE
        offset = elf.file_offset(symbol)
        code = bytes(image[offset : offset + symbol.size_bytes])
        if calls or len(_LIKE_A_MOVE.findall(code)) >= least:
            image[offset : offset + len(code)] = rewritten(
                code, symbol.address, interpreter, least, calls
            )


def rewritten(
    code: bytes,
    address: int,
    interpreter: int,
    least_moves: int = _LEAST_MOVES,
    initialize: int = 0,
) -> bytes:
    """Return the code of the function at `address` with bytecode in it.

    `initialize` is the address of `caml_initialize` where calls of it are moves. Code that could be
    entered anywhere, by a jump whose target is computed, stays as it is, as does what is no code.
    """
    instructions = list(Decoder(64, code, ip=address))
    for instruction in instructions:
        if instruction.is_invalid or instruction.flow_control == FlowControl.INDIRECT_BRANCH:
            return code
    result = bytearray(code)
    for start, end, bytecode in _rows(instructions, least_moves, initialize):
        used = _CALL.size + len(bytecode) + _END.size
        if used <= end - start:
            call = _CALL.pack(0xE8, interpreter - start - _CALL.size)
            at = start - address
            result[at : at + used] = call + bytecode + _END.pack(_STOP, end - start - used)
    return bytes(result)


def _rows(
    instructions: list[Instruction], least_moves: int, initialize: int
) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, bytecode) of the rows of moves that are long enough, by their addresses.

    A row is entered at its beginning alone: it ends before whatever a jump goes to, or an address
    is taken of. Nor does its last sum leave flags that somebody reads: bytecode leaves none.
    """
    targets = {target for each in instructions if (target := _target(each))}
    operations: list[bytes] = []
    start = end = moves = 0
    for piece in pieces(instructions, initialize, targets):
        operation = _operation(piece.move)
        if operations and (not operation or piece.first.ip in targets):
            if moves >= least_moves and not piece.first.rflags_read:
                yield start, end, b"".join(operations)
            operations, moves = [], 0
        if operation:
            start = start if operations else piece.first.ip
            operations.append(operation)
            moves += _CALL_MOVES if operation == _INITIALISATION else 1
        end = piece.end
    if moves >= least_moves:
        yield start, end, b"".join(operations)


def _target(instruction: Instruction) -> int:
    """Return where a jump or call goes, or a RIP-relative operand lies; 0 without."""
    if instruction.is_ip_rel_memory_operand:
        return instruction.ip_rel_memory_address
    return instruction.near_branch_target


def _operation(move: Move | None) -> bytes:
    """Return a move's bytecode; none when there is no move, or one of the stack pointer.

    The interpreter puts the stack pointer back where it was.
    """
    if move is None or (move.register == STACK_POINTER and move.kind != Kind.STORE):
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
