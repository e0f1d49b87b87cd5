"""A child process that runs an image itself, and whose stops are seen, whoever stops it.

It is started without a detour through a shell: the image itself asks to die with its parent and
closes what it has not been given. It sees nothing of this process's environment.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Sequence

from unikernel.host.children import LinuxChild

from .ptrace import Traps

_DEFAULT_SIGNALS = (  # a parent may ignore them, which is inherited
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGPIPE,
    signal.SIGTERM,
    signal.SIGXFSZ,
)
_HOLDS = (os.CLD_STOPPED, os.CLD_CONTINUED)
_CHANGES = os.WEXITED | os.WSTOPPED | os.WCONTINUED


class ImageProcess(LinuxChild):
    """A running image. A thread of its own waits for it: no descriptor tells of stops."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        console: int,
        errors: int,
        keep: Sequence[int],
        on_hold: Callable[[bool], None],
    ) -> None:
        """Start `command`, whose first word is the image's path.

        The descriptors `console` and `errors` become its standard ones; it inherits those in
        `keep`. `on_hold(held)` is called on the loop's thread when it is stopped and when it is
        continued. Raises OSError when the file cannot be run.
        """
        super().__init__(_spawn(command, console, errors, keep))
        self.traps: Traps = queue.SimpleQueue()  # its stops, where this process traces it
        self._on_hold = on_hold
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        try:
            self._watcher.start()
        except RuntimeError:
            self.kill()
            os.waitpid(self.pid, 0)
            os.close(self._pidfd)
            raise

    def _watch(self) -> None:
        """Pass every change on to the event loop, up to the last."""
        code = os.CLD_CONTINUED
        while code in (*_HOLDS, os.CLD_TRAPPED):
            code, status = self._next_change()
            if code == os.CLD_TRAPPED:
                self.traps.put(status)
            else:
                self._loop.call_soon_threadsafe(self._take, code, status)
        self.traps.put(-1)

    def _next_change(self) -> tuple[int, int]:
        """Wait for a change; return what it is (CLD_*) and the exit status or signal."""
        with contextlib.suppress(ChildProcessError):
            if change := os.waitid(os.P_PIDFD, self._pidfd, _CHANGES):
                return change.si_code, change.si_status
        return os.CLD_EXITED, 0  # someone else in this process has waited for it

    def _take(self, code: int, status: int) -> None:
        if code in _HOLDS:
            self._on_hold(code == os.CLD_STOPPED)
            return
        self._watcher.join()
        self._finish(status if code == os.CLD_EXITED else -status)


def _spawn(command: Sequence[str], console: int, errors: int, keep: Sequence[int]) -> int:
    """Start a process in a session of its own; return its pid."""
    ends = ((console, 0), (console, 1), (errors, 2), *((number, number) for number in keep))
    return os.posix_spawn(
        command[0],
        list(command),
        {},
        file_actions=[(os.POSIX_SPAWN_DUP2, ours, theirs) for ours, theirs in ends],
        setsid=True,
        setsigmask=(),
        setsigdef=_DEFAULT_SIGNALS,
    )
