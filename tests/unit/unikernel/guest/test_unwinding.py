"""From registers and a stack to the calls on it, as the call frame information says."""

import random

from unikernel.guest.unwinding import MOST_FRAMES, Code, unwind
from unikernel_toolchain.binary.call_frame_program import STACK_POINTER, How, Row, Rule
from unikernel_toolchain.binary.call_frames import RETURN_ADDRESS, CallFrames

RBP, R12 = 6, 12
BEGIN, STACK = 0x40_0000, 0x7000_0000
CALL = b"\xe8\0\0\0\0"
RETURN = {RETURN_ADDRESS: Rule(How.AT_OFFSET, -8)}


class Frames(CallFrames):
    """Rows by the hundred bytes of code that they hold for."""

    def __init__(self, rows):
        super().__init__(b"", 0)
        self.rows = rows

    def row_at(self, address):
        return self.rows.get((address - BEGIN) // 0x100)


def code(rows):
    return Code(BEGIN, (CALL + bytes(0x100 - len(CALL))) * 8, Frames(rows))


def unwound(rows, registers, words):
    return unwind(code(rows), registers, words.get)


def function(number, at=5):
    """Return an address in a function; by default one that follows a call."""
    return BEGIN + 0x100 * number + at


def test_calls_are_followed_to_the_first_frame():
    rows = {
        0: Row(STACK_POINTER, 8, b"", RETURN),
        1: Row(STACK_POINTER, 24, b"", RETURN | {RBP: Rule(How.AT_OFFSET, -16)}),
        2: Row(RBP, 16, b"", RETURN | {RBP: Rule(How.AT_OFFSET, -16)}),
        3: Row(STACK_POINTER, 8, b"", {RETURN_ADDRESS: Rule(How.UNKNOWN)}),
    }
    words = {
        STACK: function(1),
        STACK + 0x10: STACK + 0x100,  # the saved rbp
        STACK + 0x18: function(2),
        STACK + 0x100: 0,
        STACK + 0x108: function(3),
    }
    registers = {RETURN_ADDRESS: function(0, 9), STACK_POINTER: STACK, RBP: 0}
    found = unwound(rows, registers, words)
    assert found == [function(0, 9), function(1, 4), function(2, 4), function(3, 4)]


def test_a_stack_switch_is_followed_by_its_expression():
    """OCaml 5 keeps where C's stack was on its own: CFA is a word of memory and some more."""
    expression = bytes((0x77, 8, 0x06, 0x23, 16))  # breg7 8, deref, plus_uconst 16
    rows = {0: Row(0, 0, expression, RETURN), 1: Row(STACK_POINTER, 8, b"", {})}
    words = {STACK + 8: 0x1000, 0x1008: function(1)}
    registers = {RETURN_ADDRESS: function(0), STACK_POINTER: STACK}
    assert unwound(rows, registers, words) == [function(0), function(1, 4)]


def test_registers_are_where_the_rules_say():
    rows = {
        0: Row(STACK_POINTER, 8, b"", RETURN | {RBP: Rule(How.REGISTER, R12)}),
        1: Row(RBP, 0, b"", RETURN),
        2: Row(STACK_POINTER, 8, b"", {}),
    }
    words = {STACK: function(1), 0x2000 - 8: function(2)}
    registers = {RETURN_ADDRESS: function(0), STACK_POINTER: STACK, RBP: 0, R12: 0x2000}
    assert unwound(rows, registers, words) == [function(0), function(1, 4), function(2, 4)]


def test_code_without_rules_is_called_from_where_the_stack_says_so():
    rows = {1: Row(STACK_POINTER, 8, b"", {})}
    words = {STACK: 17, STACK + 8: function(1, 90), STACK + 16: function(1)}  # 90: after no call
    registers = {RETURN_ADDRESS: function(0), STACK_POINTER: STACK}
    assert unwound(rows, registers, words) == [function(0), function(1, 4)]
    assert unwound(rows, registers, {STACK: 17}) == [function(0)]


def test_a_stack_without_end_is_cut_off():
    rows = {0: Row(STACK_POINTER, 0, b"", {RETURN_ADDRESS: Rule(How.AT_OFFSET, 0)})}
    registers = {RETURN_ADDRESS: function(0), STACK_POINTER: STACK}
    assert len(unwound(rows, registers, {STACK: function(0)})) == MOST_FRAMES


def test_an_address_outside_the_code_ends_it():
    rows = {0: Row(STACK_POINTER, 8, b"", RETURN)}
    registers = {RETURN_ADDRESS: function(0), STACK_POINTER: STACK}
    assert unwound(rows, registers, {STACK: 0x1234}) == [function(0)]
    assert unwound(rows, registers, {}) == [function(0)]
    assert unwound(rows, {RETURN_ADDRESS: 1, STACK_POINTER: STACK}, {}) == []


def test_any_memory_and_any_expression_are_borne():
    chance = random.Random(5)
    operations = (0x06, 0x22, 0x1C, 0x23, 0x30, 0x08, 0x0E, 0x77, 0x96)
    for _ in range(300):
        expression = bytes(chance.choices((*operations, 0xFF), k=chance.randrange(9)))
        rule = Rule(chance.choice(list(How)), chance.randrange(-64, 64), expression)
        row = Row(chance.randrange(20), chance.randrange(-64, 64), expression, {16: rule})
        registers = {number: chance.getrandbits(64) for number in range(16)}
        registers[RETURN_ADDRESS] = function(0)
        found = unwind(
            code({0: row}), registers, lambda _: chance.choice((None, function(0), 1 << 63))
        )
        assert found[0] == function(0)
        assert len(found) <= MOST_FRAMES
