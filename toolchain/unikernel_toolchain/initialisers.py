"""Writes the straight parts of OCaml module initialisers as tables.

A module's initialiser is mostly a long row of moves that runs once, and so is the body of a
functor. An emulator pays about a microsecond for each of them, to translate it; a network stack
has some ten thousand. Here every such row becomes a call of `uk_initialise` with a table behind
it, in the same place: the moves in the form that runtime/ocaml/initialise.c carries out. Calls
stay where they are, so frame tables stay true. Code that has no such row, or that is not
understood, stays as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from .elf import STT_FUNC, Elf, Symbol
from .moves import STACK_POINTER, Kind, Move, move_of
from .x86 import Instruction, Unknown, decode

LOOP = "uk_initialise"
_OCAML_FUNCTION, _INITIALISER = re.compile("caml[A-Z]"), "__entry"
_LEAST_MOVES = 12  # the call and what comes after it are two more pieces to translate
_LEAST_ELSEWHERE = 100  # no function that runs often has so many: copies of records are shorter
_LIKE_A_MOVE = re.compile(rb"[\x48-\x4f][\x83\x89\x8b\x8d\xc7]")
_INDIRECT, _JUMPS = 0xFF, (4, 5)  # the digits of its jumps

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
            image[offset : offset + len(code)] = rewritten(code, loop - symbol.address, least)


def _file_offset(elf: Elf, symbol: Symbol) -> int:
    section = elf.sections[symbol.section]
    return section.offset + symbol.address - section.address


def rewritten(code: bytes, loop: int, least_moves: int = _LEAST_MOVES) -> bytes:
    """Return a function with tables in it; `loop` is the offset of the code to call."""
    try:
        instructions = list(_instructions(code))
    except Unknown:
        return code
    result = bytearray(code)
    for start, end, table in _rows(instructions, least_moves):
        used = _CALL.size + len(table) + _END.size
        if used <= end - start:
            call = _CALL.pack(0xE8, loop - start - _CALL.size)
            result[start : start + used] = call + table + _END.pack(_STOP, end - start - used)
    return bytes(result)


def _instructions(code: bytes) -> Iterator[Instruction]:
    """Yield all of them. Raises Unknown, also for a jump whose targets cannot be told."""
    at = 0
    while at < len(code):
        instruction = decode(code, at)
        if instruction.operation == _INDIRECT and instruction.register & 7 in _JUMPS:
            raise Unknown(at)
        yield instruction
        at = instruction.end


def _rows(instructions: list[Instruction], least_moves: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, table) of the rows of moves that are long enough.

    Such a row is entered at its beginning alone.
    """
    targets = {instruction.target for instruction in instructions}
    entries: list[bytes] = []
    start = end = 0
    for instruction in instructions:
        entry = _entry(instruction)
        if not entry or instruction.start in targets:
            if len(entries) >= least_moves and not _uses_flags(instruction):
                yield start, end, b"".join(entries)
            entries, start = [], instruction.start
        if entry:
            entries.append(entry)
            end = instruction.end
        else:
            start = instruction.end
    if len(entries) >= least_moves:
        yield start, end, b"".join(entries)


def _uses_flags(instruction: Instruction) -> bool:
    """Say whether it takes what a sum left in the flags: a table leaves nothing there."""
    return 0x70 <= instruction.operation < 0x80 or 0x0F40 <= instruction.operation < 0x0FA0


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
    return struct.pack("<BBQ", _SET_64, register << 4, value)


def _at(operation: int, move: Move) -> bytes:
    pair = move.register << 4 | move.base
    if -128 <= move.displacement < 128:
        return struct.pack("<BBb", operation, pair, move.displacement)
    return struct.pack("<BBi", operation | _WIDE, pair, move.displacement)
