"""How gdb gets at a guest: QEMU's own gdb stub, or Linux's ptrace.

QEMU has a stub for gdb in it, off until it is asked for. It listens on a socket in the machine's
run folder, which only its user can open; no port of the host is. A guest that is a process is
attached to as any other. In both cases the guest is held as soon as gdb is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import DebuggerRefused, UnikernelError, UsageError, WrongState
from unikernel.host.run_folder import RunFolder, runtime_folder
from unikernel.model import advised
from unikernel.model.state import State
from unikernel.model.targets import XEN

from .mi import quoted

if TYPE_CHECKING:
    from unikernel.machines import Machine

    from .session import Session

_SOCKET = "gdb.sock"
_TAKEN = "Something else looks at it: end that trace or that debugger first."
_STUB_S, _STUB_LOOKS = 2.0, 20  # in which an interrupted trace ends; QEMU tells of no end
_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")


class Attachment(ABC):
    """The way from one gdb to one guest."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self.folder = folder  # of this gdb's files

    @property
    def before(self) -> tuple[str, ...]:
        """Commands of gdb's language that are to come first."""
        return ()

    async def open(self) -> None:  # noqa: B027
        """Have the guest's carrier expect gdb."""

    @property
    @abstractmethod
    def command(self) -> str:
        """The command of gdb's language that takes the guest."""

    async def attach(self, session: Session) -> None:
        """Have gdb take the guest, which is held then. Raises DebuggerRefused."""
        for line in self.before:
            await session.request(f"-interpreter-exec console {quoted(line)}")
        reply = await session.connect(f"-interpreter-exec console {quoted(self.command)}")
        if reply.error:
            raise self._refusal(reply.error)

    @abstractmethod
    def _refusal(self, why: str) -> DebuggerRefused:
        """Return what to tell of gdb's not getting at the guest."""

    @abstractmethod
    async def leave(self, session: Session | None, *, held: bool) -> None:
        """Have gdb let go of the guest, held or running. Without a session gdb is gone already."""


class StubAttachment(Attachment):
    """Over QEMU's gdb stub."""

    @property
    def socket(self) -> Path:
        """Where the stub listens."""
        return self.folder / _SOCKET

    async def open(self) -> None:
        """Open the stub. Raises DebuggerRefused when QEMU does not."""
        await self._await_stub()
        self.socket.unlink(missing_ok=True)
        path = str(self.socket).replace(",", ",,")
        said = await self._monitor(f"gdbserver unix:{path},server=on,wait=off")
        if not self.socket.exists():
            raise self._refusal(said.strip())

    async def _await_stub(self) -> None:
        """Wait until nobody has the stub, as an interrupted trace may; then whoever it is loses it.

        What a debugger that was killed has left would stay for ever.
        """
        for _ in range(_STUB_LOOKS):
            devices = await self.machine.qmp_async("query-chardev")
            if not (isinstance(devices, list) and any(one["label"] == "gdb" for one in devices)):
                return
            await asyncio.sleep(_STUB_S / _STUB_LOOKS)
        await self._monitor("gdbserver none")

    async def _monitor(self, line: str) -> str:
        arguments = {"command-line": line}
        return str(await self.machine.qmp_async("human-monitor-command", arguments))

    @property
    def command(self) -> str:
        """The command that connects gdb with the stub."""
        return f"target remote {self.socket}"

    def _refusal(self, why: str) -> DebuggerRefused:
        return DebuggerRefused(
            f"gdb does not get at {self.machine.name!r}: {why}",
            hint=_TAKEN if "yank" in why else "Is its QEMU older than 2.10?",
        )

    async def leave(self, session: Session | None, *, held: bool) -> None:
        """Close the stub. A guest stays as gdb leaves it, held: QEMU is told to go on."""
        if session and session.lives:
            await session.request('-interpreter-exec console "delete"')
            await session.request('-interpreter-exec console "disconnect"')
        with contextlib.suppress(UnikernelError):
            await self._monitor("gdbserver none")
            if not held and self.machine.state is State.PAUSED:
                await self.machine.qmp_async("cont")


class ProcessAttachment(Attachment):
    """Over ptrace(2)."""

    @property
    def before(self) -> tuple[str, ...]:
        """The signal by which machines are held is none of gdb's."""
        return ("handle SIGSTOP nostop noprint nopass",)

    @property
    def command(self) -> str:
        """The command that has gdb trace the process."""
        return f"attach {self.machine.pid}"

    def _refusal(self, why: str) -> DebuggerRefused:
        hint = "Linux lets a user trace its own processes; a container may forbid ptrace."
        with contextlib.suppress(OSError, ValueError):
            if "already traced" in why:
                hint = _TAKEN
            elif int(_YAMA.read_text(encoding="ascii")) and self.machine.owner_pid != os.getpid():
                hint = (
                    "This host lets a process be traced by its parent's processes alone: use gdb "
                    f"in process {self.machine.owner_pid}, which booted it,\n"
                    "or run: sudo sysctl kernel.yama.ptrace_scope=0"
                )
        return DebuggerRefused(
            f"gdb may not trace process {self.machine.pid} of {self.machine.name!r}: {why}",
            hint=hint,
        )

    async def leave(self, session: Session | None, *, held: bool) -> None:
        """Stop tracing it. It runs on, or is stopped by the signal that holds machines."""
        if session and session.lives:
            if held and self.machine.pid and not session.guest_ended:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.machine.pid, signal.SIGSTOP)
            await session.request('-interpreter-exec console "detach"')
        if not self.machine.exit:
            await asyncio.shield(self.machine.note_hold_async(held))


def folder_of(machine: Machine) -> Path:
    """Return where a machine's gdb has its files: in the run folder, with which they go."""
    return RunFolder(runtime_folder() / machine.folder_name).path / "gdb"


def of(machine: Machine, folder: Path) -> Attachment:
    """Return how gdb gets at a machine's guest. Raises UsageError for one that it does not."""
    if machine.image.target == XEN.name:
        elsewhere = advised.boot(machine.image.name, machine.image.name, "-t", "virtio")
        raise UsageError(
            f"{machine.name!r} is a domain of Xen's, which gdb reaches only through a program of "
            "dom0's (gdbsx) that distributions do not build.",
            hint=f"The same program can be debugged elsewhere: %unikernel {elsewhere}",
        )
    if machine.carrier == "process":
        return ProcessAttachment(machine, folder)
    return StubAttachment(machine, folder)


def check_free(machine: Machine) -> None:
    """Raise WrongState unless a gdb can take the machine now."""
    if machine.state not in (State.RUNNING, State.PAUSED, State.PANICKED):
        raise WrongState(
            f"{machine.name!r} has nothing to debug: {_state(machine)}.",
            hint="Boot it held before its first instruction: %unikernel "
            f"{advised.boot(machine.image.name, machine.name, '--paused')}",
        )
    if other := machine.debugger_pid:
        raise WrongState(
            f"{machine.name!r} is under gdb already: process {other}.",
            hint=machine.debugger_elsewhere,
        )


def _state(machine: Machine) -> str:
    return f"it has ended ({machine.exit})" if machine.exit else f"it is {machine.state}"
