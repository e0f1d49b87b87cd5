"""How deep the stack is at each instruction, by what code does to the stack pointer."""

import random

from unikernel_toolchain.binary.stack_depth import Depth, depths

BEGIN = 0x1000
RBX, RBP = 3, 6
PUSH_RBP, PUSH_RBX, POP_RBX, POP_RBP = b"\x55", b"\x53", b"\x5b", b"\x5d"
SUB_24, ADD_24 = b"\x48\x83\xec\x18", b"\x48\x83\xc4\x18"
LEA_DOWN_16 = b"\x48\x8d\x64\x24\xf0"
CALL, RET, NOP, LEAVE = b"\xe8\0\0\0\0", b"\xc3", b"\x90", b"\xc9"


def found(*instructions):
    """Return the depth before each instruction, by its number; None where it is not known."""
    known = depths(b"".join(instructions), BEGIN)
    places = [BEGIN + sum(map(len, instructions[:i])) for i in range(len(instructions))]
    return [known[place].bytes if place in known else None for place in places]


def test_pushes_pops_and_sums_are_counted():
    code = (PUSH_RBP, PUSH_RBX, SUB_24, CALL, ADD_24, POP_RBX, POP_RBP, RET)
    assert found(*code) == [0, 8, 16, 40, 40, 16, 8, 0]
    assert found(LEA_DOWN_16, NOP) == [0, 16]


def test_what_a_caller_wants_back_is_found():
    known = depths(PUSH_RBP + PUSH_RBX + NOP, BEGIN)
    assert known[BEGIN + 2] == Depth(16, {RBP: 8, RBX: 16})


def test_both_ways_of_a_branch_are_followed():
    over = b"\x74\x05"  # je, over the next two instructions
    code = (PUSH_RBX, over, SUB_24, RET, NOP, POP_RBX, RET)
    assert found(*code) == [0, 8, 8, 32, 8, 8, 0]


def test_behind_an_end_there_is_nothing_unless_a_jump_leads_there():
    assert found(PUSH_RBX, RET, NOP) == [0, 8, None]
    to_the_end = b"\xeb\x01"
    assert found(PUSH_RBX, to_the_end, NOP, NOP) == [0, 8, None, 8]


def test_a_computed_stack_pointer_ends_a_way():
    align = b"\x48\x83\xe4\xf0"  # and $-16, %rsp
    assert found(PUSH_RBP, align, NOP) == [0, 8, None]
    assert found(PUSH_RBP, LEAVE, NOP) == [0, 8, None]


def test_what_a_table_of_jumps_leads_to_is_as_deep_as_the_jump():
    jump = b"\xff\xe0"  # jmp *%rax
    assert found(PUSH_RBX, jump, NOP) == [0, 8, 8]


def test_any_bytes_are_borne():
    chance = random.Random(9)
    for _ in range(300):
        depths(chance.randbytes(chance.randrange(80)), BEGIN)
