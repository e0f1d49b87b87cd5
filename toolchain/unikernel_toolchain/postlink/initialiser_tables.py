"""Writes the straight parts of OCaml module initialisers as tables.

A module's initialiser is mostly a long row of moves that runs once, and so is the body of a
functor. An emulator pays about a microsecond for each of them, to translate it; a network stack
has some ten thousand. Here every such row becomes a call of `unikernel_initialise` with a table
behind it, in the same place: the moves in the form that runtime/ocaml/initialise.c carries out.
Calls stay where they are, so frame tables stay true. Code that has no such row, or that is not
understood, stays as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from iced_x86 import Decoder, FlowControl, Instruction

from unikernel_toolchain.binary.elf import STT_FUNC, Elf, Symbol

from .moves import STACK_POINTER, Kind, Move, move_of

LOOP = "unikernel_initialise"
_OCAML_FUNCTION, _INITIALISER = re.compile("caml[A-Z]"), "__entry"
_LEAST_MOVES = 12  # the call and what comes after it are two more pieces to translate
_LEAST_ELSEWHERE = 100  # no function that runs often has so many: copies of records are shorter
_LIKE_A_MOVE = re.compile(rb"[\x48-\x4f][\x83\x89\x8b\x8d\xc7]")

# As in runtime/ocaml/initialise.c.
_STOP, _SET_32, _SET_64, _ADDRESS, _LOAD, _STORE, _STORE_32 = range(7)
_WIDE = 8
_CALL = struct.Struct("<Bi")
_END = struct.Struct("<BH")


def tabulate(image: bytearray, elf: Elf) -> None:
    """Rewrite the initialisers in a stripped image, whose symbols are in `elf`.

    Does nothing to a program without `LOOP`: not in OCaml, or never run by an emulator.
    """
    loop = next((s.address for s in elf.symbols if s.name == LOOP and s.section), None)
    if loop is None:
        return
    for symbol in elf.symbols:
        if symbol.kind != STT_FUNC or not _OCAML_FUNCTION.match(symbol.name):
            continue
        least = _LEAST_MOVES if symbol.name.endswith(_INITIALISER) else _LEAST_ELSEWHERE
        offset = _file_offset(elf, symbol)
        code = bytes(image[offset : offset + symbol.size_bytes])
        if len(_LIKE_A_MOVE.findall(code)) >= least:
            image[offset : offset + len(code)] = rewritten(code, symbol.address, loop, least)


def _file_offset(elf: Elf, symbol: Symbol) -> int:
    section = elf.sections[symbol.section]
    return section.offset + symbol.address - section.address


def rewritten(code: bytes, address: int, loop: int, least_moves: int = _LEAST_MOVES) -> bytes:
    """Return the code of the function at `address` with tables in it; `loop` is what to call.

    Code that could be entered anywhere, by a jump whose target is computed, stays as it is, as
    does what is no code.
    """
    instructions = list(Decoder(64, code, ip=address))
    for instruction in instructions:
        if instruction.is_invalid or instruction.flow_control == FlowControl.INDIRECT_BRANCH:
            return code
    result = bytearray(code)
    for start, end, table in _rows(instructions, least_moves):
        used = _CALL.size + len(table) + _END.size
        if used <= end - start:
            call = _CALL.pack(0xE8, loop - start - _CALL.size)
            at = start - address
            result[at : at + used] = call + table + _END.pack(_STOP, end - start - used)
    return bytes(result)


def _rows(instructions: list[Instruction], least_moves: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, table) of the rows of moves that are long enough, by their addresses.

    A row is entered at its beginning alone: it ends before whatever a jump goes to, or an address
    is taken of. Nor does its last sum leave flags that somebody reads: a table leaves none.
    """
    targets = {target for each in instructions if (target := _target(each))}
    entries: list[bytes] = []
    start = 0
    for instruction in instructions:
        entry = _entry(instruction)
        if entries and (not entry or instruction.ip in targets):
            if len(entries) >= least_moves and not instruction.rflags_read:
                yield start, instruction.ip, b"".join(entries)
            entries = []
        if entry:
            start = start if entries else instruction.ip
            entries.append(entry)
    if len(entries) >= least_moves:
        yield start, instructions[-1].next_ip, b"".join(entries)


def _target(instruction: Instruction) -> int:
    """Return where a jump or call goes, or a RIP-relative operand lies; 0 without."""
    if instruction.is_ip_rel_memory_operand:
        return instruction.ip_rel_memory_address
    return instruction.near_branch_target


def _entry(instruction: Instruction) -> bytes:
    """Return what the table says for an instruction; nothing when it cannot say it."""
    move = move_of(instruction)
    if move is None or (move.register == STACK_POINTER and move.kind != Kind.STORE):
        return b""
    match move.kind:
        case Kind.SET:
            return _setting(move.register, move.value)
        case Kind.ADDRESS:
            return _at(_ADDRESS, move)
        case Kind.LOAD:
            return _at(_LOAD, move)
        case Kind.STORE:
            return _at(_STORE, move)
    return _at(_STORE_32, move) + struct.pack("<i", move.value)


def _setting(register: int, value: int) -> bytes:
    if -(1 << 31) <= value < 1 << 31:
        return struct.pack("<BBi", _SET_32, register << 4, value)
    return struct.pack("<BBq", _SET_64, register << 4, value)


def _at(operation: int, move: Move) -> bytes:
    pair = move.register << 4 | move.base
    if -128 <= move.displacement < 128:
        return struct.pack("<BBb", operation, pair, move.displacement)
    return struct.pack("<BBi", operation | _WIDE, pair, move.displacement)
