"""What initialisers of OCaml 5 have beside moves: `caml_initialize`, allocations, a stack check.

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
destroyed_at_c_call).

Small blocks come from calls of `caml_alloc1` and its like (runtime/amd64.S). Unless the minor heap
is full these only move %r15 down, which is where it is used to; they change no other register.

All this is the same in 5.1.0, 5.3.0 and 5.4.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
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
_ALLOCATORS = {"caml_alloc1": 16, "caml_alloc2": 24, "caml_alloc3": 32, "caml_allocN": 0}
_CAML_INITIALIZE = "caml_initialize"
_IN_OCAML_5 = "caml_call_realloc_stack"  # and no other release
_NAMES = frozenset({*_ALLOCATORS, _CAML_INITIALIZE, _IN_OCAML_5})
_BASE_OF_STATE: int = Register.R14  # iced's types know Register.NONE alone


class Runtime(NamedTuple):
    """Addresses of functions that initialisers call.

    `allocators` move %r15 down by so many bytes; of `caml_allocN` its caller has done that.
    """

    initialize: int
    allocators: Mapping[int, int]


NO_RUNTIME = Runtime(0, {})  # whose calls are calls


def runtime_of(elf: Elf) -> Runtime:
    """Return the OCaml 5 runtime of a program; NO_RUNTIME when it has another, or none."""
    named = {s.name: s.address for s in elf.symbols if s.name in _NAMES and s.section}
    if _IN_OCAML_5 not in named:
        return NO_RUNTIME
    allocators = {named[name]: size for name, size in _ALLOCATORS.items() if name in named}
    return Runtime(named.get(_CAML_INITIALIZE, 0), allocators)


def moves_in(
    code: Iterable[Instruction], runtime: Runtime, targets: Collection[int] = ()
) -> Iterator[tuple[Instruction, Move | None]]:
    """Yield a function's instructions, each with what it moves.

    Of a call of `caml_initialize` that is the first one, unless `targets` lead into its middle.
    """
    left = iter(code)
    while (first := next(left, None)) is not None:
        move = move_of(first)
        if move is None:
            if runtime.allocators and first.flow_control == FlowControl.CALL:
                move = _allocation(runtime, first)
        elif runtime.initialize and move == _SAVE_STACK:
            rest = tuple(islice(left, 3))
            if _initialises(rest, runtime) and not any(each.ip in targets for each in rest):
                yield first, _INITIALISE
                continue
            left = chain(rest, left)
        yield first, move


def _allocation(runtime: Runtime, call: Instruction) -> Move | None:
    size_bytes = runtime.allocators.get(call.near_branch_target)
    return None if size_bytes is None else Move(Kind.ALLOCATE, value=size_bytes)


def _initialises(rest: Sequence[Instruction], runtime: Runtime) -> bool:
    if len(rest) < 3:
        return False
    to_c_stack, call, back = rest
    switch = move_of(to_c_stack)
    return (
        switch is not None
        and (switch.kind, switch.register, switch.base) == (Kind.LOAD, STACK_POINTER, _STATE)
        and call.flow_control == FlowControl.CALL
        and call.near_branch_target == runtime.initialize
        and move_of(back) == _BACK
    )


def behind_stack_check(code: Iterable[Instruction]) -> Iterator[Instruction]:
    """Return a function's instructions without the check, at its head, that the stack suffices.

    leaq -n(%rsp), %r10; cmpq current_stack(%r14), %r10; jb: to `caml_call_realloc_stack`, and back.
    """
    left = iter(code)
    head = tuple(islice(left, 3))
    return left if _checks_stack(head) else chain(head, left)


def _checks_stack(head: Sequence[Instruction]) -> bool:
    if len(head) < 3:
        return False
    room, compare, jump = move_of(head[0]), head[1], head[2]
    return (
        room is not None
        and (room.kind, room.register, room.base) == (Kind.ADDRESS, _ROOM, STACK_POINTER)
        and compare.code == Code.CMP_R64_RM64
        and compare.memory_base == _BASE_OF_STATE
        and jump.mnemonic == Mnemonic.JB
    )
