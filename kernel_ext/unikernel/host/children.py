"""Child processes, each in a session of its own, that die with their parent.

The new session keeps a terminal's or a notebook's interrupt (SIGINT to the process group) away
from guests. PR_SET_PDEATHSIG takes guests down with a parent that is killed. An image that is a
process sets it itself. For other programs util-linux's `setpriv` does, between fork and exec:
running Python there (`preexec_fn`) can deadlock in a process with threads. A parent killed before
that is noticed by the shell that follows, so there is no moment at which a guest can be left
behind. The detour costs about 1.5 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO

TRACED_S = 1.0  # in which who traces a killed child takes note of its end
_IF_PARENT_LIVES = '[ "$PPID" = "$0" ] && exec "$@"'


def die_with_parent(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs `command` so that it dies with this thread."""
    prefix = ("setpriv", "--pdeathsig", "KILL", "--")
    return (*prefix, "sh", "-c", _IF_PARENT_LIVES, str(os.getpid()), *command)


class Child(ABC):
    """What carries a guest, or is it, seen from the event loop.

    `ended` becomes the exit status: what the program returned, or minus the signal that killed it.
    """

    pid: int | None  # None while there is no process yet

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()

    @abstractmethod
    def send(self, number: signal.Signals) -> None:
        """Send a signal, or do what it stands for, unless the child has ended."""

    def kill(self) -> None:
        """Send SIGKILL, unless the child has ended."""
        self.send(signal.SIGKILL)


class LinuxChild(Child):
    """A child process of this one."""

    pid: int

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    def _finish(self, status: int) -> None:
        """Take note of the end; the child has been reaped."""
        os.close(self._pidfd)
        self.ended.set_result(status)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the child has ended.

        One that was killed is not reaped while somebody traces it: a debugger that waits for its
        user would keep us waiting, too. It has TRACED_S to take note, and is killed then.
        """
        if self.ended.done():
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)
        if number == signal.SIGKILL:
            self._loop.call_later(TRACED_S, self._end_tracer)

    def _end_tracer(self) -> None:
        if self.ended.done() or not (tracer := tracer_of(self.pid)):
            return
        if not Path(f"/proc/self/task/{tracer}").exists():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(tracer, signal.SIGKILL)


class Process(LinuxChild):
    """A child that runs a program which does not set PR_SET_PDEATHSIG itself."""

    def __init__(
        self, command: Sequence[str], *, keep: Sequence[int], errors: IO[bytes] | int
    ) -> None:
        """Start `command`. It inherits the descriptors `keep`; its output goes to `errors`."""
        self._child = subprocess.Popen(
            die_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            pass_fds=keep,
            start_new_session=True,
        )
        super().__init__(self._child.pid)
        self._loop.add_reader(self._pidfd, self._reap)

    def _reap(self) -> None:
        status = self._child.poll()
        if status is not None:
            self._loop.remove_reader(self._pidfd)
            self._finish(status)


def tracer_of(pid: int) -> int:
    """Return the thread that traces `pid` (ptrace(2)), such as a debugger's; 0 if none does."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # Line by line: a name may be what it likes, but its line ends are escaped.
    lines = (line.partition(":") for line in status.splitlines())
    return next((int(value) for name, _, value in lines if name == "TracerPid"), 0)


def start_time(pid: int) -> int | None:
    """Return when `pid` started, in clock ticks since the host's boot; None if there is none.

    A pid and its start time together name one process for good (proc(5), field 22).
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Behind the name, which may have spaces and brackets in it: state, then 18 more, then ours.
    return None if fields[0] in "ZX" else int(fields[19])


def began_at(pid: int) -> float | None:
    """Return when `pid` started, in whole seconds since 1970; None if there is none."""
    ticks = start_time(pid)
    if ticks is None:
        return None
    lived_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return float(int(time.time() - lived_s))
