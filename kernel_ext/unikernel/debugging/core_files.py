"""Cores opened with gdb: where a guest was when it crashed, and how it came there."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from unikernel.errors import DebuggerRefused, UsageError, did_you_mean
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import cores as kept
from unikernel.machines.cores import Core
from unikernel.model import advised

from .gdb_interface import commands, launching, mi, names, workspace

if TYPE_CHECKING:
    from .gdb_interface.session import Session

_TELLING = ("unikernel_abort", "<signal handler called>")  # from these on the base tells of it
_MOST_FRAMES = 63
_REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags"
Exchanges = tuple[tuple[str, str], ...]


def cores() -> tuple[Core, ...]:
    """Return the cores of crashed guests that are kept, the newest first."""
    return kept.listed()


def core(machine: str) -> Core:
    """Return the newest core of a machine of this name. Raises UsageError when there is none."""
    found = [one for one in cores() if machine in (one.machine, one.folder.name)]
    if found:
        return found[0]
    known = {one.machine for one in cores()}
    again = f"Boot it so that one is kept: %unikernel {advised.boot(machine, machine, '--core')}"
    hint = did_you_mean(machine, known) if known else again
    raise UsageError(f"There is no core of {machine!r}.", hint=hint)


async def _examine(of: Core, asked: Sequence[str] = ()) -> Exchanges:
    """Return commands of gdb's and what it printed about a core.

    Without any, who called whom up to the crash, where that is in the source, and the registers
    there; other commands begin at that place, too. Raises DebuggerRefused, DebuggerLost and
    ToolMissing.
    """
    folder = of.folder / "gdb"
    try:
        files = await asyncio.to_thread(workspace.make, of.debug_path, folder)
        session = await launching.launched(files, lambda _: None)
        try:
            frames = await _open(session, of)
            crashed = _crashed(frames)
            await session.request(f"-stack-select-frame {crashed}")
            todo = tuple(asked) or _report(frames, crashed, files.files)
            return tuple([(one, await _done(session, of, files, one)) for one in todo])
        finally:
            await session.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


examine, examine_async = sync_and_async(_examine)


async def _open(session: Session, of: Core) -> list[dict[str, str]]:
    """Load the core, and return the frames of its stack, the innermost first."""
    opened = await session.request(f"-interpreter-exec console {mi.quoted(f'core-file {of.path}')}")
    if opened.error:
        raise DebuggerRefused(f"gdb does not read {of.path}: {opened.error}")
    listed = await session.request(f"-stack-list-frames 0 {_MOST_FRAMES}")
    return list(listed.results.get("stack", []))


def _crashed(frames: Sequence[Mapping[str, str]]) -> int:
    """Return the number of the frame that crashed, below those that tell of it."""
    telling = [number for number, frame in enumerate(frames) if frame.get("func") in _TELLING]
    return min(telling[-1] + 1, len(frames) - 1) if telling else 0


def _report(
    frames: Sequence[Mapping[str, str]], crashed: int, files: Sequence[str]
) -> tuple[str, ...]:
    """Return the commands that show a crash: the registers there, and the nearest line of ours."""
    below = range(crashed, len(frames))
    own = [number for number in below if frames[number].get("file") in files]
    known = own or [number for number in below if "line" in frames[number]]
    at_crash = (f"frame {crashed}", f"info registers {_REGISTERS}")
    at_line = (f"frame {known[0]}", "list") if known else ()
    return ("backtrace -frame-arguments presence", *at_crash, *at_line)


async def _done(session: Session, of: Core, files: workspace.Workspace, command: str) -> str:
    commands.check(command)
    line = commands.located(command, of.image, files.files)
    reply = await session.request(f"-interpreter-exec console {mi.quoted(line)}")
    if reply.error:
        hint = commands.hint_for(reply.error, names.known(of.debug_path))
        raise DebuggerRefused(f"gdb did not do {command!r}: {reply.error}", hint=hint)
    return reply.text
