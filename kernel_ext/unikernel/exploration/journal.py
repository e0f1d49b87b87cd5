"""The journal of an exploration: a file of JSON lines, from which the same call goes on.

    {"journal": 1, "question": {…}}      what was asked: another question's file is refused
    {"run": {…}, "at_s": …, "rows": …}   a record a measurement, written whole and flushed

Its last line may be torn: the machine went down, or the disk was full. What of it is there is taken
off before the next is written. Whoever writes holds the file's lock (flock(2)), which the system
lets go of when the process dies.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from unikernel.errors import JournalUnwritable, UsageError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.visible import visible

from . import differences, records

FORMAT = 1
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Journal:
    """What was measured for one question: in a file, or without one in memory alone.

    `records` are those that were there when it was opened. Raises UsageError when the file is
    another question's, somebody else's who writes it now, or no journal; JournalUnwritable when
    the system refuses it.
    """

    def __init__(self, path: str | Path | None, question: Mapping[str, Any]) -> None:
        self.path = Path(path) if path is not None else None
        self.records: list[dict[str, Any]] = []
        self.question = question
        self._descriptor = -1
        if self.path:
            with self._told():
                self._open(self.path)

    def _open(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise UsageError(
                f"Cannot write {path}: there is no folder {path.parent}.",
                hint="Make it, or name another.",
            )
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o644)
        try:
            self._lock()
            self._read(path)
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{self.path} is being written by another sweep.",
                hint="Wait for its end, or name another file.",
            ) from None

    def _read(self, path: Path) -> None:
        """Read what is there, begin what is not, and take off a line that has no end."""
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise UsageError(f"{path} is no file to keep a journal in.", hint="Name a file.")
        with open(self._descriptor, "rb", closefd=False) as file:
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        head = _line({"journal": FORMAT, "question": self.question})
        if not whole:
            if not head.startswith(data):
                raise _foreign(path, "holds something else")
            os.ftruncate(self._descriptor, 0)
            self._write(head)
            return
        if len(whole) < len(data):
            os.ftruncate(self._descriptor, len(whole))
        _, self.records = parsed(path, whole, lambda theirs: self._check(path, theirs))

    def _check(self, path: Path, theirs: Mapping[str, Any]) -> None:
        ours = json.loads(json.dumps(self.question))
        for name in sorted(theirs.keys() | ours.keys()):
            if theirs.get(name) != ours.get(name):
                why = differences.told(name, theirs, ours)
                raise _foreign(path, f"has the answers to another question: {why}")

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record, and have it written before anything else happens.

        Raises JournalUnwritable when the system refuses it; it is among `records` all the same.
        """
        self.records.append(dict(record))
        if self._descriptor >= 0:
            with self._told():
                self._write(_line(record))

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._descriptor, line) :]

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            full = problem.errno in _NO_ROOM
            raise JournalUnwritable(
                f"Cannot write {self.path}: {os_errors.reason(problem)}.",
                hint="Make room, or name a file on another disk." if full else "Name another file.",
            ) from problem

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            # A process that was forked off meanwhile has the same open file, and so the lock.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def parsed(
    path: Path, whole: bytes, check: Callable[[Mapping[str, Any]], None] = lambda _: None
) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Return the question of a journal's whole lines, which `check` is given first, and records.

    Raises UsageError for what is no journal, and what `check` raises.
    """
    lines = whole.splitlines() or [b""]
    try:
        head = json.loads(lines[0])
        known, theirs = head["journal"], dict(head["question"])
    except (ValueError, KeyError, TypeError):
        raise _foreign(path, "holds something else") from None
    if known != FORMAT:
        raise _foreign(path, f"is of another release (format {visible(str(known)[:20])})")
    check(theirs)
    found = []
    for number, line in enumerate(lines[1:], 2):
        try:
            record = json.loads(line)
            records.check(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _foreign(path, f"was changed: its line {number} is no record") from None
        found.append(record)
    return theirs, found


def _foreign(path: Path, what: str) -> UsageError:
    return UsageError(f"{path} {what}.", hint="Name another file, or delete it.")


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"
