"""Call frame information: rows of rules, from bytes as gcc and GNU as write them."""

import random
import struct

from unikernel_toolchain.binary.call_frame_program import How, Rule
from unikernel_toolchain.binary.call_frames import RETURN_ADDRESS, CallFrames

RBX, RBP, RSP = 3, 6, 7
ADDRESS = 0x100  # where the section is said to be
BEGIN = 0x40_0000
# DW_CFA_def_cfa rsp+8, DW_CFA_offset rip at CFA-8: how every function of x86-64 begins
INITIAL = bytes((0x0C, RSP, 8, 0x80 | RETURN_ADDRESS, 1))


def record(body):
    body += bytes(-len(body) % 8)
    return struct.pack("<I", len(body)) + body


def common(augmentation=b"zR", encoding=0x1B):
    head = struct.pack("<IB", 0, 1) + augmentation + b"\0"
    return record(head + bytes((1, 0x78, RETURN_ADDRESS, 1, encoding)) + INITIAL)


def section(*programs, cie=None):
    """Return a section with an entry of 0x100 bytes of code for each program."""
    data = cie or common()
    for number, program in enumerate(programs):
        at = len(data)
        distance = BEGIN + 0x100 * number - (ADDRESS + at + 8)
        head = struct.pack("<IiIB", at + 4, distance, 0x100, 0)
        data += record(head + program)
    return data


def frames(*programs, **choices):
    return CallFrames(section(*programs, **choices), ADDRESS)


def test_a_push_and_a_frame_move_the_stack_pointer():
    push = bytes((0x41, 0x0E, 16, 0x80 | RBX, 2))  # advance 1, def_cfa_offset 16, rbx at CFA-16
    pop = bytes((0x02, 0x20, 0x0E, 8, 0xC0 | RBX))  # advance_loc1 32, def_cfa_offset 8, restore
    found = frames(push + pop)
    assert found.row_at(BEGIN).cfa_offset == 8
    assert found.row_at(BEGIN).rules == {RETURN_ADDRESS: Rule(How.AT_OFFSET, -8)}
    inside = found.row_at(BEGIN + 0x20)
    assert (inside.cfa_register, inside.cfa_offset) == (RSP, 16)
    assert inside.rules[RBX] == Rule(How.AT_OFFSET, -16)
    assert RBX not in found.row_at(BEGIN + 0x21).rules
    assert found.row_at(BEGIN + 0xFF).cfa_offset == 8
    assert found.row_at(BEGIN + 0x100) is None
    assert found.row_at(BEGIN - 1) is None


def test_a_state_is_remembered_and_recalled():
    program = bytes((0x0E, 16, 0x0A, 0x41, 0x0D, RBP, 0x41, 0x0B))
    found = frames(program)
    assert found.row_at(BEGIN).cfa_register == RSP
    assert found.row_at(BEGIN + 1).cfa_register == RBP
    assert found.row_at(BEGIN + 2).cfa_register == RSP


def test_an_expression_is_kept_as_it_is():
    expression = bytes((0x77, 16, 0x06))  # breg7 16, deref
    program = bytes((0x0F, len(expression))) + expression
    assert frames(program).row_at(BEGIN).cfa_expression == expression


def test_what_is_not_understood_is_as_if_it_were_not_there():
    good = bytes((0x0E, 16))
    assert frames(bytes((0x3F,)), good).row_at(BEGIN) is None
    assert frames(bytes((0x3F,)), good).row_at(BEGIN + 0x100).cfa_offset == 16
    assert frames(bytes((0x0B,))).row_at(BEGIN) is None  # recalls what was never remembered
    assert len(frames(good, cie=common(b"zPLR"))) == 0
    assert len(frames(good, cie=common(encoding=0))) == 0


def test_damage_costs_entries_and_raises_nothing():
    whole = section(*(bytes((0x41, 0x0E, 16, 0x0A, 0x02, 9, 0x0B)) for _ in range(4)))
    chance = random.Random(13)
    for _ in range(500):
        data = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(4)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        found = CallFrames(bytes(data), ADDRESS)
        assert len(found) <= len(data)
        for at in range(BEGIN, BEGIN + 0x400, 16):
            found.row_at(at)
