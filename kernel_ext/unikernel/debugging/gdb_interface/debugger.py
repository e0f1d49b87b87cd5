"""Debugger: gdb on one machine, for as long as somebody wants it or the machine lives."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import TYPE_CHECKING, Any, Self

from unikernel.errors import DebuggerLost, DebuggerRefused, UnikernelError, WrongState
from unikernel.host.sync_async import sync_and_async
from unikernel.model import advised
from unikernel.model.state import State
from unikernel_toolchain.tools import locate

from . import attaching, commands, launching, mi, names, workspace
from .reading import Reading
from .session import Reply, Session

if TYPE_CHECKING:
    from unikernel.machines import Machine

RUN_TIME_S = 10.0  # how long a command waits for a guest that it lets run
_WORD_TIME_S = 5.0  # in which a change of state is told, however loaded the host
_UNSTOPPED_S = 0.5  # the same without a breakpoint that could hold it


class Debugger(Reading):
    """gdb on a machine; `unikernel.debugging.gdb(machine)` returns it.

    The guest is held from the start on; `run("continue")` lets it go. Every method that waits has
    an asynchronous twin ending in `_async`. As a context manager it lets go of the guest at the end
    of the block, running or held as it was found or as `run` has left it.
    """

    def __init__(self, machine: Machine) -> None:
        """Call `unikernel.debugging.gdb`."""
        self.machine = machine
        super().__init__()
        self._session: Session | None = None
        self._attachment: attaching.Attachment | None = None
        self._workspace: workspace.Workspace | None = None
        self._left_held = False
        self._held_now: bool | None = None
        self._telling: asyncio.Task[None] | None = None
        self.seen: dict[str, int] = {}  # the registers when they were last shown
        machine.at_stop(self._close)

    @property
    def lives(self) -> bool:
        """Whether gdb runs."""
        return self._session is not None and self._session.lives

    @property
    def has_stepped(self) -> bool:
        """Whether the guest was held last because it had done the steps it was asked for."""
        return self._session is not None and self._session.stop_reason == "end-stepping-range"

    async def _open(self) -> str:
        """Start gdb if it does not run, and take the guest; return what gdb says of where it is."""
        async with self._lock:
            return await self._opened()

    open, open_async = sync_and_async(_open)

    async def _opened(self) -> str:
        if self.lives:
            return ""
        await self._leave()
        machine = self.machine
        locate.require(launching.PROGRAM)
        attaching.check_free(machine)
        folder = attaching.folder_of(machine)
        self._attachment = attaching.of(machine, folder)
        self._left_held = machine.state is not State.RUNNING
        self._workspace = await asyncio.to_thread(workspace.make, machine.image.debug_path, folder)
        self._session = await launching.launched(self._workspace, self._on_hold)
        try:
            return await self._begin(self._session, self._workspace, self._attachment)
        except BaseException:
            await self._leave()
            raise

    async def _begin(
        self,
        session: Session,
        files: workspace.Workspace,
        attachment: attaching.Attachment,
    ) -> str:
        await attachment.open()
        await self.machine.note_debugger_async(session.pid)
        self.machine.on_change(self._on_change)
        await attachment.attach(session)
        if files.files:
            first = f"list '{files.files[0]}':1,1"  # of lines without a file, these are meant
            await session.request(f"-interpreter-exec console {mi.quoted(first)}")
        where = await session.execute("frame", 0.0)
        await self._agreed()
        return where.text

    def _on_hold(self, held: bool) -> None:
        self._held_now = held
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        """Tell the machine what the guest does, until that is what it does."""
        told: bool | None = None
        while told is not self._held_now and self._held_now is not None:
            told = self._held_now
            with contextlib.suppress(UnikernelError):
                await self.machine.note_hold_async(told)

    def _on_change(self, machine: Machine) -> None:
        if machine.state is State.EXITED:
            self._closing = asyncio.create_task(self._close())

    async def _run(self, command: str, *, timeout_s: float = RUN_TIME_S) -> str:
        """Do a command of gdb's own language, and return what gdb prints.

        A command that lets the guest run waits `timeout_s` seconds for a breakpoint or its end;
        after that the guest runs on. Raises DebuggerRefused for what gdb does not do, DebuggerLost,
        WrongState for a machine that has ended, and ToolMissing where there is no gdb.
        """
        commands.check(command)
        async with self._lock:
            try:
                return await self._done(command.strip(), timeout_s)
            except DebuggerLost:
                await self._leave()
                raise

    run, run_async = sync_and_async(_run)

    async def _done(self, command: str, timeout_s: float) -> str:
        if command.partition(" ")[0] in commands.LEAVING:
            return await self._detached()
        where = await self._opened()
        assert self._session
        assert self._workspace
        if command in commands.INTERRUPTS:
            return await self._held() or where
        if self._session.runs:
            raise WrongState(
                f"{self.machine.name!r} runs, and gdb does {command!r} only when it is held.",
                hint=f"Hold it: %unikernel {advised.gdb(self.machine.name, 'interrupt')}",
            )
        stops = bool(self._session.breakpoints) or commands.steps(command)
        wait_s = timeout_s if stops else min(_UNSTOPPED_S, timeout_s)
        reply = await self._session.execute(self._as_gdb_reads(command), wait_s)
        self._left_held = self._left_held and not commands.lets_run(command)
        if reply.error:
            raise self._refusal(command, reply)
        return reply.text + await self._afterwards(wait_s)

    def _as_gdb_reads(self, command: str) -> str:
        assert self._workspace
        if "\n" in command:
            script = self._workspace.folder / "commands.gdb"
            script.write_text(f"{command}\n", encoding="utf-8")
            return f"source {launching.path_word(script)}"
        return commands.located(command, self.machine.image.name, self._workspace.files)

    def _refusal(self, command: str, reply: Reply) -> DebuggerRefused:
        shown = command.splitlines()[0]
        hint = commands.hint_for(reply.error, names.known(self.machine.image.debug_path))
        return DebuggerRefused(f"gdb did not do {shown!r}: {reply.error}", hint=hint)

    async def _afterwards(self, waited_s: float) -> str:
        """Return what is to be said of a guest that is not held after a command."""
        assert self._session
        name = self.machine.name
        if self._session.guest_ended:
            await self.machine.wait_async(RUN_TIME_S)
            return f"The guest has ended: {self.machine.exit}.\n"
        await self._agreed()
        if self._session.runs:
            hold = f"To hold it: %unikernel {advised.gdb(name, 'interrupt')}\n"
            return f"{self._why_it_runs(waited_s)} {hold}"
        return ""

    def _why_it_runs(self, waited_s: float) -> str:
        assert self._session
        if not self._session.breakpoints:
            return "The guest runs."
        return (
            f"The guest came to no breakpoint within {waited_s:g} s, and runs on. (Small functions "
            "of OCaml's are inlined where they\nare used, and then not come to: break at a line, "
            "or write `let[@inline never] f`.)\n"
        )

    async def _interrupt(self) -> str:
        """Hold a guest that runs, and return what gdb says of where it is; "" if it was held."""
        async with self._lock:
            await self._opened()
            return await self._held()

    interrupt, interrupt_async = sync_and_async(_interrupt)

    async def _held(self) -> str:
        assert self._session
        said = (await self._session.interrupt()).text
        await self._agreed()
        return said

    async def _agreed(self) -> None:
        """Wait until the machine's state is what gdb has done: word of it comes another way."""
        assert self._session
        wanted = (State.RUNNING,) if self._session.runs else (State.PAUSED, State.PANICKED)
        changed = asyncio.Event()

        def notice(_: Machine) -> None:
            changed.set()

        self.machine.on_change(notice)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WORD_TIME_S):
                while self.machine.state not in (*wanted, State.EXITED):
                    await changed.wait()
                    changed.clear()
        self.machine.off_change(notice)

    async def _detached(self) -> str:
        if not self.lives:
            if self.machine.debugger_pid:
                attaching.check_free(self.machine)  # it is another process's
            return f"gdb is not on {self.machine.name}.\n"
        self._left_held = False
        await self._leave()
        return f"gdb has let go of {self.machine.name}: it runs on.\n"

    async def _close(self) -> None:
        """Let go of the guest and end gdb. No error if that was done."""
        async with self._lock:
            await self._leave()

    close, close_async = sync_and_async(_close)

    async def _leave(self) -> None:
        session, self._session = self._session, None
        attachment, self._attachment = self._attachment, None
        if session is None or attachment is None:
            return
        self.machine.off_change(self._on_change)
        try:
            with contextlib.suppress(DebuggerLost):  # it may end meanwhile, with the machine
                if not self.machine.exit:
                    await session.interrupt()
                await attachment.leave(session, held=self._left_held)
        finally:
            await session.close()
            if self._telling:
                await self._telling
            with contextlib.suppress(OSError):
                await self.machine.note_debugger_async(None)
            shutil.rmtree(attachment.folder, ignore_errors=True)

    def breakpoint(self, where: str | int) -> str:
        """Set a breakpoint at a function, "Cell.start", or a line of the cell; return gdb's word.

        Raises what `run` does.
        """
        place = f"{self.machine.image.name}:{where}" if isinstance(where, int) else where
        return self.run(f"break {place}")

    def proceed(self, timeout_s: float = RUN_TIME_S) -> str:
        """Let the guest run until a breakpoint or its end, `timeout_s` at most; as `run` does."""
        return self.run("continue", timeout_s=timeout_s)

    def step(self) -> str:
        """Let the guest go to the next line of its source, into what is called."""
        return self.run("step")

    def backtrace(self) -> str:
        """Return who called whom, the innermost first."""
        return self.run("backtrace")

    async def _asked(self, request: str) -> dict[str, Any]:
        """Return the results of a request of the machine interface, with the lock held."""
        await self._opened()
        assert self._session
        reply = await self._session.request(request)
        if reply.error:
            raise DebuggerRefused(f"gdb did not do {request!r}.", detail=reply.error)
        return reply.results

    async def _printed(self, command: str) -> str:
        """Return what gdb prints for a command that only looks, with the lock held."""
        await self._opened()
        assert self._session
        request = f"-interpreter-exec console {mi.quoted(command)}"
        return (await self._session.request(request)).text

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
