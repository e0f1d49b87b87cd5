"""Cores opened with gdb: where a guest was when it crashed, and how it came there."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unikernel.errors import DebuggerRefused, NoSuchMachine, UsageError, WrongState, did_you_mean
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import cores as kept
from unikernel.machines import registry
from unikernel.machines.cores import Core
from unikernel.model import advised
from unikernel.model.state import Cause, State

from . import crash_report
from .gdb_interface import commands, launching, mi, names, workspace

if TYPE_CHECKING:
    from unikernel.machines import Machine

    from .gdb_interface.session import Session

_WORD_TIME_S = 1.0  # in which word comes of a crash, after what the guest says of it
UNCAUGHT_STATUS = 2  # with which OCaml's runtime ends a program that did not catch an exception
_INNER = 63  # frames that are asked for at most, the crash's first
_OUTER = 10  # of a deeper stack
_DEEPEST = 100_000  # gdb unwinds as many in two seconds
_REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags"
Exchanges = tuple[tuple[str, str], ...]


def cores() -> tuple[Core, ...]:
    """Return the cores of crashed guests that are kept, the newest first."""
    return kept.listed()


def core(machine: str) -> Core:
    """Return the newest core of a machine of this name, once it is complete.

    Raises UsageError when there is none, with the reason.
    """
    booted = None
    with contextlib.suppress(NoSuchMachine):
        booted = registry.machine(machine)
        _await_core(booted)
    found = [one for one in cores() if machine in (one.machine, one.folder.name)]
    if found:
        return found[0]
    if booted and (booted.spec.core or _ended_itself(booted)):
        raise _without_core(booted)
    known = {one.machine for one in cores()}
    image = booted.image.name if booted else machine
    again = f"Boot it so that one is kept: %unikernel {advised.boot(image, machine, '--core')}"
    hint = (not booted and known and did_you_mean(machine, known)) or again
    raise UsageError(f"There is no core of {machine!r}.", hint=hint)


def _await_core(machine: Machine) -> None:
    """Wait until the core of a guest that crashes now is complete."""
    if machine.spec.core and machine.state is State.RUNNING:
        with contextlib.suppress(WrongState):
            machine.wait(_WORD_TIME_S)
    machine.wait_for_core()


def _ended_itself(machine: Machine) -> bool:
    return machine.exit is not None and machine.exit.cause is Cause.EXIT


def _without_core(machine: Machine) -> UsageError:
    """Return why a machine left no core: it runs, ended otherwise, or the core was not kept."""
    logs = f"What it said: %unikernel logs {shlex.quote(machine.name)}"
    none = f"There is no core of {machine.name!r}:"
    if not machine.exit:
        return UsageError(f"{none} it has not crashed.", hint="One is kept as soon as it does.")
    if machine.core_refused:
        return UsageError(f"{none} {machine.core_refused}", hint=logs)
    if _ended_itself(machine) and machine.exit.status == UNCAUGHT_STATUS:
        return UsageError(
            f"{none} it ended by an exception or with status {UNCAUGHT_STATUS}, not by a crash.",
            hint=f"An exception's backtrace is on the console: "
            f"%unikernel logs {shlex.quote(machine.name)}",
        )
    return UsageError(f"{none} it did not crash ({machine.exit}).", hint=logs)


async def _examine(of: Core, asked: Sequence[str] = ()) -> Exchanges:
    """Return commands of gdb's and what it printed about a core.

    Without any, texts under no command: where it crashed with the source there, who called whom,
    and the registers. Commands begin at the place of the crash, too. Raises DebuggerRefused,
    DebuggerLost and ToolMissing.
    """
    folder = of.folder / "gdb"
    try:
        files = await asyncio.to_thread(workspace.make, of.debug_path, folder)
        session = await launching.launched(files, lambda _: None)
        try:
            frames = await _open(session, of)
            crashed = crash_report.crashed(frames)
            await session.request(f"-stack-select-frame {crashed}")
            if not asked:
                return await _report(session, frames, crashed, files.files)
            return tuple([(one, await _done(session, of, files, one)) for one in asked])
        finally:
            await session.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


examine, examine_async = sync_and_async(_examine)


async def _open(session: Session, of: Core) -> list[dict[str, str]]:
    """Load the core, and return the inner frames of its stack, the innermost first."""
    opened = await session.request(f"-interpreter-exec console {mi.quoted(f'core-file {of.path}')}")
    if opened.error:
        raise DebuggerRefused(f"gdb does not read {of.path}: {opened.error}")
    await _said(session, f"set backtrace limit {_DEEPEST}")
    return await _frames(session, 0, _INNER - 1)


async def _frames(session: Session, first: int, last: int) -> list[dict[str, str]]:
    listed = await session.request(f"-stack-list-frames {first} {last}")
    return list(listed.results.get("stack", []))


async def _outer(session: Session, known: int) -> list[dict[str, str]]:
    """Return the outermost frames; none when all are among the inner ones that are known."""
    answer = await session.request("-stack-info-depth")
    depth = int(answer.results.get("depth", known))
    if known < _INNER or depth <= known:
        return []
    return await _frames(session, max(known, depth - _OUTER), depth - 1)


async def _report(
    session: Session, frames: Sequence[dict[str, str]], crashed: int, files: Sequence[str]
) -> Exchanges:
    below = frames[crashed:]
    registers = await _said(session, f"info registers {_REGISTERS}")
    shown = crash_report.nearest(below, files)
    left_out = f" (without {crashed} frames that tell of the crash)" if crashed else ""
    calls = crash_report.backtrace([*below, *await _outer(session, len(frames))])
    return (
        ("", crash_report.where(below, shown) + "\n"),
        ("", await _source(session, below[shown]) if below else ""),
        ("", f"\n\nWho called whom{left_out}:\n{calls}\n\nRegisters:\n{registers}"),
    )


async def _source(session: Session, frame: dict[str, str]) -> str:
    """Return the lines around the one where a frame is; "" when they are not known."""
    if "line" not in frame:
        return ""
    await _said(session, f"frame {frame['level']}")
    return crash_report.excerpt(await _said(session, "list"), frame["line"])


async def _said(session: Session, command: str) -> str:
    return (await session.request(f"-interpreter-exec console {mi.quoted(command)}")).text


async def _done(session: Session, of: Core, files: workspace.Workspace, command: str) -> str:
    commands.check(command)
    line = commands.located(command, of.image, files.files)
    reply = await session.request(f"-interpreter-exec console {mi.quoted(line)}")
    if reply.error:
        hint = commands.hint_for(reply.error, names.known(of.debug_path))
        raise DebuggerRefused(f"gdb did not do {command!r}: {reply.error}", hint=hint)
    return reply.text
