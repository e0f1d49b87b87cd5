"""A gdb that runs, spoken to in its machine interface.

One command at a time: `execute` sends it, gathers what gdb prints until the guest is held again,
and returns that. While the guest runs gdb takes no command: a signal interrupts both.

    idle ── execute ──▶ asked ── ^done, ^error ──▶ idle
                          └── ^running ──▶ runs ── *stopped, the guest ended ──▶ idle
                                             └── time is up ──▶ `runs`, until `interrupt`

What gdb reads of a guest is the guest's: it loads no scripts that lie beside or in a program, asks
no server for symbols, and of what it prints a bounded part is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unikernel.errors import DebuggerLost
from unikernel.host.children import die_with_parent

from .mi import Record, quoted, record

FLAGS = (
    *("-nx", "-nh", "-q"),  # no start files, no banner
    *("-iex", "set auto-load off", "-iex", "set debuginfod enabled off"),
)
_PROMPT = "(gdb)"
_LINE_LIMIT = 1 << 22  # of one line of gdb's
_KEPT_CHARACTERS = 1 << 16  # of what a command prints
ANSWER_TIME_S = 20.0  # in which gdb answers anything but that the guest runs
_INTERRUPT_TIME_S = 5.0
_END_TIME_S = 3.0
_CUT = "\n… gdb printed more than is shown.\n"


@dataclass
class Reply:
    """What came of one command."""

    text: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    cut: bool = False

    def add(self, text: str) -> None:
        """Take what gdb prints, as much as is kept."""
        room = _KEPT_CHARACTERS - len(self.text)
        if len(text) <= room:
            self.text += text
        elif not self.cut:
            self.cut, self.text = True, self.text + text[:room] + _CUT


class Session:
    """One gdb. All of it runs on the event loop."""

    def __init__(
        self, process: asyncio.subprocess.Process, on_hold: Callable[[bool], None]
    ) -> None:
        """`on_hold(held)` hears whenever the guest is held or let go."""
        self._process = process
        self._on_hold = on_hold
        self._number = 0
        self._reply = Reply()
        self._answer: asyncio.Future[Record] | None = None
        self._changed = asyncio.Condition()
        self.runs = False  # the guest, as far as gdb knows
        self.guest_ended = False
        self.stop_reason = ""  # in a word of GDB/MI's
        self.breakpoints: set[str] = set()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, gdb: Path, on_hold: Callable[[bool], None], flags: Sequence[str] = ()
    ) -> Session:
        """Start the program `gdb`. Raises OSError."""
        command = (str(gdb), *FLAGS, "--interpreter=mi3", *flags)
        process = await asyncio.create_subprocess_exec(
            *die_with_parent(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=_LINE_LIMIT,
        )
        return cls(process, on_hold)

    @property
    def pid(self) -> int:
        """The process that it is."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether gdb does."""
        return not self._reader.done()

    async def _read(self) -> None:
        assert self._process.stdout
        try:
            while line := await self._process.stdout.readline():
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if found := record(text):
                    await self._take(found)
                elif text.strip() != _PROMPT:  # of a program that a command has started
                    self._reply.add(f"{text}\n")
        except ValueError:  # a line beyond the limit
            self._process.kill()
        finally:
            if self._answer and not self._answer.done():
                self._answer.set_exception(self._lost())
            async with self._changed:
                self._changed.notify_all()

    def _lost(self) -> DebuggerLost:
        return DebuggerLost("gdb has ended.", hint="The next command starts another.")

    async def _take(self, found: Record) -> None:
        match found.sign, found.name:
            case (("~" | "&" | "@"), _):
                self._reply.add(found.text)
            case "^", _ if self._answer and found.token == self._number:
                if found.name == "running":  # *running follows, and *stopped may, at once
                    await self._change(runs=True)
                if not self._answer.done():
                    self._answer.set_result(found)
            case "*", "running":
                await self._change(runs=True)
            case "*", "stopped":
                self.stop_reason = str(found.results.get("reason", ""))
                self.guest_ended |= str(found.results.get("reason", "")).startswith("exited")
                await self._change(runs=False)
            case "=", "thread-group-exited":
                self.guest_ended = True
                await self._change(runs=False)
            case "=", "breakpoint-created":
                self.breakpoints.add(str(_of(found, "bkpt").get("number")))
            case "=", "breakpoint-deleted":
                self.breakpoints.discard(str(found.results.get("id")))

    async def _change(self, *, runs: bool) -> None:
        async with self._changed:
            told, self.runs = self.runs, runs
            self._changed.notify_all()
        if told != runs and not self.guest_ended:
            self._on_hold(not runs)

    async def request(self, command: str, time_s: float = ANSWER_TIME_S) -> Reply:
        """Do a command of the machine interface, and return what came of it.

        Raises DebuggerLost when gdb ends, or does not answer in time, which ends it.
        """
        if not self.lives:
            raise self._lost()
        assert self._process.stdin
        self._reply = reply = Reply()
        self._number += 1
        self._answer = asyncio.get_running_loop().create_future()
        self._process.stdin.write(f"{self._number}{command}\n".encode())
        try:
            async with asyncio.timeout(time_s):
                with contextlib.suppress(ConnectionError):  # its end is told by the reader
                    await self._process.stdin.drain()
                answered = await self._answer
        except TimeoutError:
            self._process.kill()
            raise DebuggerLost(
                f"gdb did not answer {command!r} within {time_s:g} s, and was ended.",
                hint="The guest is held where it was; the next command starts another gdb.",
            ) from None
        reply.results = answered.results
        if answered.name == "error":
            reply.error = str(answered.results.get("msg", "gdb refused")) or "gdb refused"
        return reply

    async def connect(self, command: str) -> Reply:
        """Do the command of the machine interface that takes the guest, and wait until it is held.

        Raises what `request` does.
        """
        self.runs = True
        reply = await self.request(command)
        if not reply.error:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_TIME_S):
                    await self._held()
        return reply

    async def execute(self, command: str, run_time_s: float) -> Reply:
        """Do a command of gdb's own language, and wait `run_time_s` for a guest that it lets run.

        The guest runs on after that: `runs` says so. Raises what `request` does.
        """
        reply = await self.request(f"-interpreter-exec console {quoted(command)}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(run_time_s):
                await self._held()
                while await self._went_on(reply):
                    await self._held()
        return reply

    async def _went_on(self, reply: Reply) -> bool:
        """Whether commands of a breakpoint let the guest run on: they are done before any other."""
        if reply.error or self.guest_ended or not self.lives:
            return False
        said, reply.text = reply.text, ""
        after = await self.request("-gdb-set confirm off")
        self._reply = reply
        reply.text = said + after.text
        return self.runs

    async def _held(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self.runs or not self.lives)

    async def interrupt(self) -> Reply:
        """Hold a guest that runs, and return what gdb says of where it is.

        Raises DebuggerLost when it is not held in time.
        """
        if not self.runs:
            return Reply()
        self._reply = reply = Reply()
        self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_INTERRUPT_TIME_S):
                await self._held()
        except TimeoutError:
            self._process.kill()
            raise DebuggerLost(
                f"The guest was not held within {_INTERRUPT_TIME_S:g} s, and gdb was ended.",
                hint="It may hang in the host's kernel. The next command starts another gdb.",
            ) from None
        await self._went_on(reply)  # once gdb takes commands, it has said where the guest is
        return reply

    async def close(self) -> None:
        """End gdb, by force if need be."""
        with contextlib.suppress(DebuggerLost, TimeoutError):
            await self.request("-gdb-exit", _END_TIME_S)
        try:
            async with asyncio.timeout(_END_TIME_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
        await self._reader
        assert self._process.stdin
        self._process.stdin.close()


def _of(found: Record, name: str) -> dict[str, Any]:
    value = found.results.get(name)
    return value if isinstance(value, dict) else {}
