"""Reads call frame information: how, at each instruction, to get from a frame to its caller's.

An entry (FDE) covers a range of code and refers to a common one (CIE); both are little programs
whose rows say, from an address on, where the caller's stack pointer (the canonical frame address,
CFA) and the registers that it had are:

    CFA = register + offset, or what an expression computes
    register r: as it is · word at CFA + offset · word at an expression's value · unknown

Source: DWARF 5, section 6.4; for `.eh_frame`, which differs in its headers and in how it encodes
pointers, System V ABI, AMD64 supplement, section 4.2.4 and LSB 5.0, chapter 10.6. Only what gcc,
GNU as and ocamlopt write for x86-64 is read; an entry with anything else is as if there were none.

Hand-written: pyelftools reads all entries before it gives one, 0.14 s for a hello's 707. Here what
is not asked for is not run: 1 ms, and 20 us for each function that is (0.05 ms there).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from .call_frame_program import Common, Program, Reader, Row

RETURN_ADDRESS = 16  # DWARF's number: System V ABI, AMD64 supplement, figure 3.36
_NO_ENTRY = (0, 0xFFFFFFFF)  # a terminator; an entry of 64-bit DWARF
_PCREL_SDATA4 = 0x1B  # how all of our tools encode an address


@dataclass(frozen=True)
class Entry:
    """The rows of one range of code."""

    begin: int
    end: int
    common: Common
    program: bytes

    @cached_property
    def rows(self) -> tuple[tuple[int, Row], ...]:
        """Address and row, ascending; none where the program is not understood."""
        try:
            initial = Program(self.common, self.begin, Row(), None).run(self.common.program)
            return tuple(
                Program(self.common, self.begin, initial[-1][1], initial[-1][1]).run(self.program)
            )
        except (IndexError, KeyError, ValueError, struct.error):
            return ()

    def row_at(self, address: int) -> Row | None:
        """Return what holds at an address of the range."""
        at = bisect_right(self.rows, address, key=lambda row: row[0])
        return self.rows[at - 1][1] if at else None


class CallFrames:
    """All entries of one file."""

    def __init__(self, content: bytes, address: int) -> None:
        """Read the headers of `.eh_frame`, which the linker placed at `address`.

        What is damaged is left out.
        """
        self._entries = sorted(_entries(content, address), key=lambda entry: entry.begin)
        self._begins = [entry.begin for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def row_at(self, address: int) -> Row | None:
        """Return what holds at an instruction; None where nothing is said of it."""
        at = bisect_right(self._begins, address)
        entry = self._entries[at - 1] if at else None
        return entry.row_at(address) if entry and address < entry.end else None


def _entries(content: bytes, address: int) -> list[Entry]:
    commons: dict[int, Common] = {}
    found: list[Entry] = []
    at = 0
    while at + 8 <= len(content):
        length, identity = struct.unpack_from("<II", content, at)
        body, end = at + 8, at + 4 + length
        if length in _NO_ENTRY or end > len(content):
            at += 4 if length == 0 else len(content)
            continue
        try:
            if identity == 0:
                commons[at] = _common(content[body:end])
            elif (common := commons.get(at + 4 - identity)) is not None:
                found.append(_entry(content, body, end, address, common))
        except (IndexError, ValueError, struct.error):
            pass  # another tool's augmentation: as if it were not there
        at = end
    return found


def _common(body: bytes) -> Common:
    version, reader = body[0], Reader(body, 1)
    augmentation = reader.text()
    if version != 1 or augmentation not in {b"zR", b"zRS"}:
        raise ValueError(augmentation)
    code_factor, data_factor = reader.unsigned(), reader.signed()
    return_register, size = reader.unsigned(), reader.unsigned()
    if return_register != RETURN_ADDRESS or body[reader.at] != _PCREL_SDATA4:
        raise ValueError(return_register)
    return Common(code_factor, data_factor, body[reader.at + size :])


def _entry(content: bytes, body: int, end: int, address: int, common: Common) -> Entry:
    distance, size = struct.unpack_from("<iI", content, body)
    begin = (address + body + distance) & 0xFFFFFFFFFFFFFFFF
    reader = Reader(content, body + 8)
    augmentation = reader.unsigned()
    return Entry(begin, begin + size, common, content[reader.at + augmentation : end])
