"""A program at a terminal: what it shows, what is typed at it, the terminal's end."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Mapping
from typing import Self


class TerminalSession:
    """A program that leads a session with a terminal of its own."""

    def __init__(self, *argv: str, environment: Mapping[str, str] | None = None) -> None:
        self.shown = b""
        self.pid, self._terminal = pty.fork()
        if not self.pid:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, over the tests, ignores it
            os.execvpe(argv[0], argv, {**os.environ, **(environment or {}), "TERM": "xterm"})

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def expect(self, pattern: str, limit_s: float = 60) -> re.Match[bytes]:
        """Read until the terminal has shown `pattern` since the last match; return the match."""
        deadline = time.monotonic() + limit_s
        while not (match := re.search(pattern.encode(), self.shown)):
            left = deadline - time.monotonic()
            assert left > 0, f"{pattern!r} is not in {self.shown[-2000:]!r}"
            assert self.read(left), f"{pattern!r} was not shown before the end: {self.shown!r}"
        self.shown = self.shown[match.end() :]
        return match

    def read(self, limit_s: float) -> bool:
        """Read what comes next; False at the end."""
        if not select.select([self._terminal], [], [], limit_s)[0]:
            return True
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError:  # EIO: nobody has it open any more
            return False
        self.shown += data
        return bool(data)

    def rest(self, limit_s: float = 60) -> bytes:
        """Read to the end and return everything that was not matched."""
        deadline = time.monotonic() + limit_s
        while self.read(max(0.0, deadline - time.monotonic())):
            assert time.monotonic() < deadline, self.shown[-2000:]
        return self.shown

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._terminal)
        self._terminal = -1

    def status(self) -> int:
        """Wait for the program and return its exit status, or minus the signal."""
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal >= 0:
            self.hang_up()
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
