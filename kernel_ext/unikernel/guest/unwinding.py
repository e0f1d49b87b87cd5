"""From a stopped guest's registers to the functions it is in: the calls on its stack.

Step by step, from a frame to its caller's, as the call frame information says
(`unikernel_toolchain.binary.call_frames`). Some C of musl has none: there its instructions tell how
deep the stack is (`stack_depth`), and where they do not, the caller is where the next word of the
stack points that follows a call: right in a leaf, and a guess elsewhere.

The guest is not believed: every number that it holds is only an address to look at, and both the
number of frames and what is read for one are bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from unikernel_toolchain.binary import symbol_table
from unikernel_toolchain.binary.call_frame_program import STACK_POINTER, How, Reader, Row, Rule
from unikernel_toolchain.binary.call_frames import RETURN_ADDRESS, CallFrames
from unikernel_toolchain.binary.elf import Elf
from unikernel_toolchain.binary.stack_depth import MOST_BYTES, Depth, depths
from unikernel_toolchain.errors import ImageInvalid

MOST_FRAMES = 200
_WORD, _MASK = 8, (1 << 64) - 1
_GUESSED_WORDS = 64  # of the stack that are looked at for a return address
_CALLS = (  # bytes of a call before a return address: how many, and the opcodes it may begin with
    (5, (b"\xe8",)),
    (2, (b"\xff",)),
    (3, (b"\xff", b"\x41\xff")),
    (6, (b"\xff",)),
    (7, (b"\xff", b"\x41\xff")),
)

Registers = Mapping[int, int]  # by DWARF's numbers; 16 is the instruction pointer
ReadWord = Callable[[int], int | None]  # the word of memory at an address; None where there is none


@dataclass(frozen=True)
class Code:
    """The code of an image: where it is, its bytes, and how to unwind it."""

    begin: int
    content: bytes
    frames: CallFrames
    functions: tuple[int, ...] = ()  # where each begins, ascending
    _depths: dict[int, Mapping[int, Depth]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, program: Elf) -> Code:
        """Return the code of an image with symbols.

        One of an older release says nothing of unwinding. Raises ImageInvalid without code.
        """
        text, frames = program.section(".text"), program.section(".eh_frame")
        if text is None:
            raise ImageInvalid("The image has no code.")
        described = (program.content(frames), frames.address) if frames else (b"", 0)
        functions = tuple(address for address, _ in symbol_table.functions(program))
        return cls(text.address, program.content(text), CallFrames(*described), functions)

    def __contains__(self, address: int) -> bool:
        return self.begin <= address < self.begin + len(self.content)

    def depth_at(self, address: int) -> Depth | None:
        """Return how deep the stack is at an instruction, by those before it; None if unknown."""
        at = bisect_right(self.functions, address)
        if not at:
            return None
        begin = self.functions[at - 1]
        if begin not in self._depths:
            end = self.functions[at] if at < len(self.functions) else begin + MOST_BYTES
            code = self.content[begin - self.begin : end - self.begin]
            self._depths[begin] = depths(code, begin)
        return self._depths[begin].get(address)

    def follows_call(self, address: int) -> bool:
        """Whether the instruction before an address may be a call."""
        if address not in self:
            return False
        at = address - self.begin
        return any(self.content[max(0, at - size) : at].startswith(with_) for size, with_ in _CALLS)


def unwind(code: Code, registers: Registers, read: ReadWord) -> list[int]:
    """Return where the guest is: the innermost instruction first, then the calls it is in.

    Ends at the first frame, after MOST_FRAMES, or where the stack cannot be followed.
    """
    found: list[int] = []
    current = dict(registers)
    while len(found) < MOST_FRAMES:
        at = current.get(RETURN_ADDRESS, 0)
        if at not in code:
            break
        found.append(at - 1 if found else at)  # in the call itself, and not in what follows it
        row = code.frames.row_at(found[-1])
        caller = _caller(row, current, read) if row else _unsaid(code, current, read)
        if caller is None:
            break
        current = caller
    return found


def _caller(row: Row, registers: dict[int, int], read: ReadWord) -> dict[int, int] | None:
    """Return the caller's registers; None at the first frame, and where they cannot be had."""
    try:
        if row.cfa_expression:
            cfa = _computed(row.cfa_expression, registers, read)
        else:
            cfa = (registers[row.cfa_register] + row.cfa_offset) & _MASK
        caller = {**registers, STACK_POINTER: cfa}
        for number, rule in row.rules.items():
            value = _value(rule, number, cfa, registers, read)
            if value is None:
                caller.pop(number, None)
            else:
                caller[number] = value
    except (LookupError, ValueError):
        return None
    return caller if row.rules.get(RETURN_ADDRESS) else None


def _value(
    rule: Rule, number: int, cfa: int, registers: dict[int, int], read: ReadWord
) -> int | None:
    match rule.how:
        case How.SAME:
            return registers.get(number)
        case How.REGISTER:
            return registers.get(rule.value)
        case How.AT_OFFSET:
            return read((cfa + rule.value) & _MASK)
        case How.AT_EXPRESSION:
            return read(_computed(rule.expression, registers, read, cfa))
        case How.EXPRESSION:
            return _computed(rule.expression, registers, read, cfa)
        case How.UNKNOWN:
            return None


def _unsaid(code: Code, registers: dict[int, int], read: ReadWord) -> dict[int, int] | None:
    """Return the registers of who called code that nothing is said of."""
    depth = code.depth_at(registers[RETURN_ADDRESS])
    if depth is None:
        return _guess(code, registers, read)
    place = registers[STACK_POINTER] + depth.bytes
    word = read(place)
    if word is None or not code.follows_call(word):
        return _guess(code, registers, read)
    caller = {**registers, STACK_POINTER: place + _WORD, RETURN_ADDRESS: word}
    for number, bytes_below in depth.saved.items():
        saved = read(place - bytes_below)
        if saved is not None:
            caller[number] = saved
    return caller


def _guess(code: Code, registers: dict[int, int], read: ReadWord) -> dict[int, int] | None:
    """Return the registers of who may have called code that nothing is said of."""
    stack = registers[STACK_POINTER]
    for place in range(stack, stack + _GUESSED_WORDS * _WORD, _WORD):
        word = read(place)
        if word is None:
            return None
        if code.follows_call(word):
            return {**registers, STACK_POINTER: place + _WORD, RETURN_ADDRESS: word}
    return None


_OPERANDS = {0x08: 1, 0x0A: 2, 0x0C: 4, 0x0E: 8}  # DW_OP_const1u to const8u: their bytes


def _computed(
    expression: bytes, registers: Mapping[int, int], read: ReadWord, start: int | None = None
) -> int:
    """Return what a DWARF expression computes (DWARF 5, section 2.5), as far as it is used here.

    Raises LookupError and ValueError.
    """
    reader, stack = Reader(expression), [] if start is None else [start]
    while reader.at < len(expression):
        code = reader.byte()
        if 0x70 <= code < 0x90:  # DW_OP_breg
            stack.append((registers[code - 0x70] + reader.signed()) & _MASK)
        elif 0x30 <= code < 0x50:  # DW_OP_lit
            stack.append(code - 0x30)
        elif code in _OPERANDS:
            stack.append(reader.number(_OPERANDS[code]))
        elif code == 0x06:  # DW_OP_deref
            word = read(stack.pop())
            if word is None:
                raise LookupError(expression)
            stack.append(word)
        elif code == 0x23:  # DW_OP_plus_uconst
            stack.append((stack.pop() + reader.unsigned()) & _MASK)
        elif code in {0x22, 0x1C}:  # DW_OP_plus, DW_OP_minus
            right, left = stack.pop(), stack.pop()
            stack.append((left + right if code == 0x22 else left - right) & _MASK)
        else:
            raise ValueError(code)
    return stack.pop()
