"""Runs the programs of call frame information: rows of rules, from an address on.

Source: DWARF 5, section 6.4.2. See `call_frames`, which finds the programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

STACK_POINTER = 7  # DWARF's number: System V ABI, AMD64 supplement, figure 3.36


class How(Enum):
    """Where a caller's register is."""

    SAME = 0  # in the register still
    AT_OFFSET = 1  # in the word at CFA + value
    AT_EXPRESSION = 2  # in the word where the expression says
    EXPRESSION = 3  # it is what the expression computes
    REGISTER = 4  # in another register
    UNKNOWN = 5


@dataclass(frozen=True)
class Rule:
    """How to get one register of the caller's; `value` is an offset or a register."""

    how: How
    value: int = 0
    expression: bytes = b""


@dataclass
class Row:
    """What holds from an address on."""

    cfa_register: int = STACK_POINTER
    cfa_offset: int = 0
    cfa_expression: bytes = b""
    rules: Mapping[int, Rule] = field(default_factory=dict)

    def with_rule(self, register: int, rule: Rule | None) -> Row:
        """Return a row in which a register has this rule, or none."""
        rules = {number: one for number, one in self.rules.items() if number != register}
        if rule:
            rules[register] = rule
        return Row(self.cfa_register, self.cfa_offset, self.cfa_expression, rules)

    def with_cfa(self, register: int, offset: int) -> Row:
        """Return a row whose CFA is computed of another register."""
        return Row(register, offset, b"", self.rules)


@dataclass(frozen=True)
class Common:
    """What entries share: factors of their numbers, and how their rows begin."""

    code_factor: int
    data_factor: int
    program: bytes


class Reader:
    """Numbers of a byte string, one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        """Return the next byte. Raises IndexError at the end."""
        self.at += 1
        return self.data[self.at - 1]

    def take(self, size: int) -> bytes:
        """Return the next bytes. Raises ValueError when there are fewer."""
        taken = self.data[self.at : self.at + size]
        if len(taken) < size:
            raise ValueError(size)
        self.at += size
        return taken

    def number(self, size: int) -> int:
        """Return an unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def unsigned(self) -> int:
        """Return a ULEB128 number (DWARF 5, section 7.6)."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        """Return an SLEB128 number."""
        start = self.at
        value = self.unsigned()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def text(self) -> bytes:
        """Return the bytes up to a NUL. Raises ValueError when there is none."""
        end = self.data.index(b"\0", self.at)
        text, self.at = self.data[self.at : end], end + 1
        return text

    def block(self) -> bytes:
        """Return as many bytes as a ULEB128 number says."""
        return self.take(self.unsigned())


class Program:
    """Runs the instructions of an entry (DW_CFA_*, DWARF 5, section 6.4.2)."""

    def __init__(self, common: Common, begin: int, row: Row, initial: Row | None) -> None:
        self._common = common
        self._at = begin
        self._row = row
        self._initial = initial
        self._remembered: list[Row] = []
        self._rows: list[tuple[int, Row]] = []

    def run(self, program: bytes) -> list[tuple[int, Row]]:
        """Return address and row of each range. Raises ValueError, KeyError and IndexError."""
        reader = Reader(program)
        while reader.at < len(program):
            code = reader.byte()
            high, low = code & 0xC0, code & 0x3F
            if high == 0x40:
                self._advance(low)
            elif high == 0x80:
                self._saved(low, reader.unsigned() * self._common.data_factor)
            elif high == 0xC0:
                self._restore(low)
            else:
                self._extended(low, reader)
        self._rows.append((self._at, self._row))
        return self._rows

    def _advance(self, units: int) -> None:
        self._rows.append((self._at, self._row))
        self._at += units * self._common.code_factor

    def _saved(self, register: int, offset: int) -> None:
        self._row = self._row.with_rule(register, Rule(How.AT_OFFSET, offset))

    def _restore(self, register: int) -> None:
        before = self._initial.rules.get(register) if self._initial else None
        self._row = self._row.with_rule(register, before)

    def _extended(self, code: int, reader: Reader) -> None:
        if code in _ADVANCES:
            self._advance(reader.number(_ADVANCES[code]))
        elif code in _REMEMBERING:
            self._remember(code)
        elif code in _OF_CFA:
            self._define_cfa(code, reader)
        elif code != _NOP:
            self._define_register(code, reader)

    def _remember(self, code: int) -> None:
        if code == _REMEMBER:
            self._remembered.append(self._row)
        else:
            self._row = self._remembered.pop()

    def _define_cfa(self, code: int, reader: Reader) -> None:
        row, factor = self._row, self._common.data_factor
        match code:
            case 0x0C:  # def_cfa
                self._row = row.with_cfa(reader.unsigned(), reader.unsigned())
            case 0x0D:  # def_cfa_register
                self._row = row.with_cfa(reader.unsigned(), row.cfa_offset)
            case 0x0E:  # def_cfa_offset
                self._row = row.with_cfa(row.cfa_register, reader.unsigned())
            case 0x12:  # def_cfa_sf
                self._row = row.with_cfa(reader.unsigned(), reader.signed() * factor)
            case 0x13:  # def_cfa_offset_sf
                self._row = row.with_cfa(row.cfa_register, reader.signed() * factor)
            case _:  # def_cfa_expression
                self._row = Row(0, 0, reader.block(), row.rules)

    def _define_register(self, code: int, reader: Reader) -> None:
        factor, register = self._common.data_factor, reader.unsigned()
        match code:
            case 0x05:  # offset_extended
                self._saved(register, reader.unsigned() * factor)
            case 0x06:  # restore_extended
                self._restore(register)
            case 0x07:  # undefined
                self._row = self._row.with_rule(register, Rule(How.UNKNOWN))
            case 0x08:  # same_value
                self._row = self._row.with_rule(register, Rule(How.SAME))
            case 0x09:  # register
                self._row = self._row.with_rule(register, Rule(How.REGISTER, reader.unsigned()))
            case 0x10:  # expression
                rule = Rule(How.AT_EXPRESSION, expression=reader.block())
                self._row = self._row.with_rule(register, rule)
            case 0x11:  # offset_extended_sf
                self._saved(register, reader.signed() * factor)
            case 0x16:  # val_expression
                rule = Rule(How.EXPRESSION, expression=reader.block())
                self._row = self._row.with_rule(register, rule)
            case _:
                raise ValueError(code)


_NOP, _REMEMBER, _RECALL = 0x00, 0x0A, 0x0B
_REMEMBERING = (_REMEMBER, _RECALL)
_ADVANCES = {0x02: 1, 0x03: 2, 0x04: 4}  # DW_CFA_advance_loc1, 2, 4: bytes of their operand
_OF_CFA = (0x0C, 0x0D, 0x0E, 0x0F, 0x12, 0x13)
