"""What initialisers of OCaml 5 have beside moves: stores by `caml_initialize`, a stack check.

A pointer gets into a module's block by a call (asmcomp/cmm_helpers.ml, setfield), and C is called
on the C stack, as OCaml's own grows by being copied (asmcomp/amd64/emit.mlp, Iextcall):

    movq %rsp, %rbx
    movq c_stack(%r14), %rsp      %r14: Caml_state
    call caml_initialize          %rdi: the field, %rsi: its value
    movq %rbx, %rsp

Here this is one move. What must hold: `caml_initialize` (runtime/memory.c) is a plain store; if the
value is in the minor heap and the field is not, it also remembers the field for the next minor
collection. It neither collects nor calls OCaml, so no frame descriptor belongs to the call. And of
the registers it may change OCaml uses none before it sets them (asmcomp/amd64/proc.ml,
destroyed_at_c_call). All this is the same in 5.1.0, 5.3.0 and 5.4.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from iced_x86 import Code, FlowControl, Instruction, Mnemonic, Register

from unikernel_toolchain.binary.elf import Elf

from .moves import STACK_POINTER, Kind, Move, move_of

FIELD, VALUE, SAVED_STACK_POINTER = 7, 6, 3  # %rdi, %rsi and %rbx, by their numbers
CHANGED_BY_C = (0, 1, 2, 6, 7, 8, 9, 10, 11)  # all but %rbx, %rbp, %rsp and %r12 to %r15
_STATE, _ROOM = 14, 10  # %r14, %r10
_SAVE_STACK = Move(Kind.ADDRESS, SAVED_STACK_POINTER, STACK_POINTER)
_BACK = Move(Kind.ADDRESS, STACK_POINTER, SAVED_STACK_POINTER)
_INITIALISE = Move(Kind.INITIALISE)
_BASE_OF_STATE: int = Register.R14  # iced's types know Register.NONE alone


class Piece(NamedTuple):
    """An instruction, or those of one call of `caml_initialize`; `move` is None for others."""

    first: Instruction
    end: int
    move: Move | None


def caml_initialize(elf: Elf) -> int:
    """Return the function's address; 0 in a program that has none."""
    found = (s.address for s in elf.symbols if s.name == "caml_initialize" and s.section)
    return next(found, 0)


def pieces(
    code: Sequence[Instruction], initialize: int, targets: Collection[int] = ()
) -> Iterator[Piece]:
    """Yield the pieces of a function. A call that `targets` lead into the middle of is none.

    `initialize` is the address of `caml_initialize`, or 0: then its calls are calls.
    """
    position = 0
    while position < len(code):
        first, move = code[position], move_of(code[position])
        rest = code[position + 1 : position + 4]
        if (
            move == _SAVE_STACK
            and _initialises(rest, initialize)
            and not any(each.ip in targets for each in rest)
        ):
            yield Piece(first, rest[-1].next_ip, _INITIALISE)
            position += 1 + len(rest)
        else:
            yield Piece(first, first.next_ip, move)
            position += 1


def _initialises(rest: Sequence[Instruction], initialize: int) -> bool:
    if len(rest) < 3:
        return False
    to_c_stack, call, back = rest
    switch = move_of(to_c_stack)
    return (
        switch is not None
        and (switch.kind, switch.register, switch.base) == (Kind.LOAD, STACK_POINTER, _STATE)
        and call.flow_control == FlowControl.CALL
        and call.near_branch_target == initialize
        and move_of(back) == _BACK
    )


def behind_stack_check(code: Sequence[Instruction]) -> Sequence[Instruction]:
    """Return a function's instructions without the check, at its head, that the stack suffices.

    leaq -n(%rsp), %r10; cmpq current_stack(%r14), %r10; jb: to `caml_call_realloc_stack`, and back.
    """
    if len(code) < 3:
        return code
    room, compare, jump = move_of(code[0]), code[1], code[2]
    checks = (
        room is not None
        and (room.kind, room.register, room.base) == (Kind.ADDRESS, _ROOM, STACK_POINTER)
        and compare.code == Code.CMP_R64_RM64
        and compare.memory_base == _BASE_OF_STATE
        and jump.mnemonic == Mnemonic.JB
    )
    return code[3:] if checks else code
