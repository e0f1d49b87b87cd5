"""Step by step: a guest moves on by instructions or lines, and all is shown that changed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import DebuggerRefused, UsageError
from unikernel.host.sync_async import sync_and_async
from unikernel.model.debugging.step import Entry, Line, Pages, Place, Register, Step, Word
from unikernel.model.state import State
from unikernel_toolchain.binary import elf

from . import page_tables
from .gdb_interface.registry import gdb

if TYPE_CHECKING:
    from unikernel.machines import Machine

    from .gdb_interface.debugger import Debugger

STEP_TIME_S = 10.0
MOST_BYTES = 4096  # of memory that are shown
_SHOWN = (
    *("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"),
    *("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "eflags"),
)
_AT_ONCE = 100  # steps
_WORDS = 8  # of the stack
_AROUND = 3  # lines of source before and after
_CODE_BYTES = 32


async def _step(
    machine: Machine | str,
    count: int = 1,
    *,
    lines: bool = False,
    memory: str = "",
    size_bytes: int = 64,
    pages: bool = False,
    walk: str = "",
) -> Step:
    """Let a guest do `count` instructions, or source lines, and look at it; 0 only looks.

    `memory` is an address, or an expression of gdb's such as "$rsp", from which `size_bytes` are
    shown; `pages` asks for all mapped addresses with their rights, `walk` for how the page tables
    translate one address. Raises UsageError, NoSuchMachine and what Debugger.run raises.
    """
    if not 0 <= count <= 1_000_000 or not 0 < size_bytes <= MOST_BYTES:
        raise UsageError(
            f"Steps are 0 to 1,000,000, and bytes shown 1 to {MOST_BYTES:,}.",
            hint="A breakpoint and continue go further.",
        )
    debugger = gdb(machine)
    await debugger.open_async()
    left = await _go(debugger, "step" if lines else "stepi", count)
    if debugger.machine.state is State.EXITED:
        return Step(debugger.machine.name, left, ended=str(debugger.machine.exit))
    if debugger.machine.state is State.RUNNING:  # within one line
        await debugger.interrupt_async()
    return await _look(debugger, left, memory, size_bytes, pages=pages, walk=walk)


step, step_async = sync_and_async(_step)


async def _go(debugger: Debugger, word: str, count: int) -> int:
    """Go on up to a breakpoint, the guest's end, or until time is up; return the steps left.

    By little at a time: QEMU may not hear of an interrupt that comes between two instructions.
    """
    deadline_s = time.monotonic() + STEP_TIME_S
    while count and time.monotonic() < deadline_s:
        now = min(count, _AT_ONCE)
        await debugger.run_async(f"{word} {now}", timeout_s=STEP_TIME_S)
        count -= now
        if not debugger.has_stepped:
            break
    return count


async def _look(
    debugger: Debugger, left: int, memory: str, size_bytes: int, *, pages: bool, walk: str
) -> Step:
    place = await debugger.where_async()
    registers = await debugger.registers_async()
    shown = memory and await debugger.value_async(memory)
    return Step(
        debugger.machine.name,
        left,
        place=place,
        source=await _source(debugger, place),
        instructions=await debugger.instructions_async(place.address, _CODE_BYTES),
        registers=_changed(debugger, registers),
        stack=await _stack(debugger, registers.get("rsp", 0)),
        memory_at=shown or 0,
        memory=await debugger.memory_async(shown, size_bytes) if shown else b"",
        pages=await _pages(debugger, registers) if pages else (),
        walk=await _walk(debugger, registers, await debugger.value_async(walk)) if walk else (),
    )


def _changed(debugger: Debugger, now: dict[str, int]) -> tuple[Register, ...]:
    before, debugger.seen = debugger.seen, now
    return tuple(
        Register(name, value, None if before.get(name, value) == value else before[name])
        for name in _SHOWN
        if (value := now.get(name)) is not None
    )


async def _source(debugger: Debugger, place: Place) -> tuple[Line, ...]:
    if place.line is None:
        return ()
    first, last = max(1, place.line - _AROUND), place.line + _AROUND
    try:
        listed = await debugger.run_async(f"list '{place.file}':{first},{last}")
    except DebuggerRefused:
        return ()  # gdb does not find the file
    found = []
    for line in listed.splitlines():
        number, tab, text = line.partition("\t")
        if tab and number.isdecimal():
            found.append(Line(int(number), text, int(number) == place.line))
    return tuple(found)


async def _stack(debugger: Debugger, pointer: int) -> tuple[Word, ...]:
    try:
        data = await debugger.memory_async(pointer, 8 * _WORDS)
    except DebuggerRefused:
        return ()  # a guest may point anywhere
    words = []
    for start in range(0, len(data) - 7, 8):
        value = int.from_bytes(data[start : start + 8], "little")
        words.append(Word(pointer + start, value, await debugger.symbol_async(value)))
    return tuple(words)


async def _pages(debugger: Debugger, registers: dict[str, int]) -> tuple[Pages, ...]:
    machine = debugger.machine
    if machine.carrier == "process":
        found = await asyncio.to_thread(_maps, machine.pid or 0)
    else:
        root = registers.get("cr3", 0)
        found = await asyncio.to_thread(page_tables.ranges, partial(_table, debugger), root)
    named = await asyncio.to_thread(_sections, machine.image.debug_path)
    return tuple(_named(one, named) for one in found)


async def _walk(debugger: Debugger, registers: dict[str, int], at: int) -> tuple[Entry, ...]:
    if debugger.machine.carrier == "process":
        raise UsageError(
            f"{debugger.machine.name!r} is a process: its page tables are Linux's, unseen by it.",
            hint="Its pages are listed with their rights by: --pages",
        )
    read = partial(_table, debugger)
    return await asyncio.to_thread(page_tables.walk, read, registers.get("cr3", 0), at)


def _table(debugger: Debugger, physical: int) -> bytes:
    """Return a table at a physical address; zeroes where there is no memory."""
    with contextlib.suppress(DebuggerRefused):
        return debugger.physical_memory(physical, page_tables.TABLE_BYTES)
    return bytes(page_tables.TABLE_BYTES)


def _maps(pid: int) -> tuple[Pages, ...]:
    """Return the mappings of a process (proc(5)); those without any rights are left out."""
    found = []
    text = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        addresses, rights, *_, name = (*line.split(maxsplit=5), "")[:6]
        start, _, end = addresses.partition("-")
        if rights[:3] != "---":
            word = rights[:3].upper()
            found.append(Pages(int(start, 16), int(end, 16), word, name.rpartition("/")[2]))
    return tuple(found)


def _sections(program: Path) -> list[tuple[int, int, str]]:
    return [
        (header.address, header.address + header.size_bytes, header.name)
        for header in elf.read(program).sections
        if header.flags & elf.SHF_ALLOC and header.size_bytes
    ]


def _named(pages: Pages, sections: list[tuple[int, int, str]]) -> Pages:
    names = [name for start, end, name in sections if start < pages.end and pages.start < end]
    return Pages(pages.start, pages.end, pages.rights, " ".join(names) or pages.what)
