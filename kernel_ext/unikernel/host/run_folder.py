"""Run folders: what other processes of this user see of a running machine.

    <runtime folder>/<owner's pid>-<number>-<name in ASCII>/
        machine.json    who it is: name, owner, process, image, spec
        console.log     what its console showed
        control.sock    a QMP monitor
        console.sock    its console, both ways
        errors.log      what the process wrote to stderr
        debugger.json   which gdb has it, if one does; gdb/ is what that reads

The folder goes when the machine ends; what a killed owner leaves behind, the next `remove_stale`
takes.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import stat
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unikernel.errors import UnikernelError
from unikernel_toolchain.messages import os_errors

from .children import start_time

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, less the NUL
_LONGEST_SOCKET_NAME = len("/1234567-12345-abcdefghijklmnopqrstuvwx/console.sock")
KEPT_S = 3600.0  # how long an ended detached machine can be looked at
VARIABLE = "XDG_RUNTIME_DIR"
SHARED = Path("/tmp")  # noqa: S108 (whose the folder in it is, is checked; FHS 3.0, 3.18)
_numbers = itertools.count(1)


def runtime_folder() -> Path:
    """Return this user's folder for run folders, made if need be, closed to others.

    It is in $XDG_RUNTIME_DIR, or in /tmp when that is unset, unusable or too long for a socket's
    path. $TMPDIR moves large files, not this: every process of a user finds the same machines.
    Raises UnikernelError when it cannot be made, and when it is another's.
    """
    with os_errors.raised_as("There is no place for run folders", UnikernelError, VARIABLE):
        folder = _choose_folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise UnikernelError(
            f"{folder} should be a folder that only you can open, and is not.",
            hint=f"Look whose it is, then remove it or run: chmod 700 {folder}\n"
            f"Or set {VARIABLE} to a folder of your own.",
        )
    return folder


def _choose_folder() -> Path:
    wanted = os.environ.get(VARIABLE, "")
    if wanted and os.access(wanted, os.W_OK) and _fits_socket_paths(Path(wanted, "unikernel")):
        return Path(wanted, "unikernel")
    return SHARED / f"uk-{os.getuid()}"


def _fits_socket_paths(folder: Path) -> bool:
    return len(os.fsencode(folder)) + _LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT


def slug(name: str) -> str:
    """Return what ASCII letters and digits a name has, for people who look into the folder."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_name)[:24].strip("-") or "machine"


@dataclass(frozen=True)
class RunFolder:
    """The run folder of one machine."""

    path: Path

    @classmethod
    def create(cls, name: str) -> RunFolder:
        """Make the folder of a new machine of this process. Raises UnikernelError and OSError."""
        path = runtime_folder() / f"{os.getpid()}-{next(_numbers)}-{slug(name)}"
        shutil.rmtree(path, ignore_errors=True)  # an earlier process with our pid left it
        path.mkdir(mode=0o700)
        return cls(path)

    @property
    def record(self) -> Path:
        """Who the machine is."""
        return self.path / "machine.json"

    @property
    def console_log(self) -> Path:
        """What its console showed."""
        return self.path / "console.log"

    @property
    def control(self) -> Path:
        """The socket of its second QMP monitor."""
        return self.path / "control.sock"

    @property
    def console_socket(self) -> Path:
        """The socket of its console."""
        return self.path / "console.sock"

    @property
    def debugger(self) -> Path:
        """The mark of the debugger that has the machine; not there when none does."""
        return self.path / "debugger.json"

    @property
    def errors_log(self) -> Path:
        """What the guest's process wrote to stderr."""
        return self.path / "errors.log"

    def write(self, facts: Mapping[str, Any]) -> None:
        """Write the record so that readers see all of it or the one before."""
        draft = self.record.with_suffix(".new")
        try:
            draft.write_text(json.dumps(facts, indent=1), encoding="utf-8")
            draft.replace(self.record)
        finally:
            draft.unlink(missing_ok=True)

    def read(self) -> dict[str, Any] | None:
        """Return the record; None while there is none."""
        try:
            facts = json.loads(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return facts if isinstance(facts, dict) else None

    def is_kept(self, facts: Mapping[str, Any]) -> bool:
        """Whether this is what an ended machine left to be looked at, and not long ago."""
        with contextlib.suppress(FileNotFoundError):  # another process removes them too
            return bool(facts.get("exit")) and time.time() - self.record.stat().st_mtime < KEPT_S
        return False

    def remove(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def owner_pid(self) -> int:
        """The process that owns the machine."""
        return int(self.path.name.partition("-")[0])


def folders() -> Iterator[RunFolder]:
    """Yield every run folder of this user, whoever owns it. Raises UnikernelError."""
    for path in sorted(runtime_folder().iterdir()):
        if path.name.partition("-")[0].isdecimal():
            yield RunFolder(path)


def process_identity(pid: int) -> list[int | None]:
    """Return pid and start time, which together name a process for good."""
    return [pid, start_time(pid)]


def is_alive(identity: object) -> bool:
    """Whether the process that `process_identity` described still runs."""
    if not (isinstance(identity, list) and len(identity) == 2 and isinstance(identity[0], int)):
        return False
    return identity[1] is not None and start_time(identity[0]) == identity[1]


def guest_identity(facts: Mapping[str, Any]) -> Any:
    """Return the mark of the process that carries the guest of a record; None if it has none."""
    return facts.get("process", facts.get("qemu"))  # what earlier releases called it


def send(identity: object, number: signal.Signals) -> None:
    """Send a signal to the process of a mark, unless it has ended."""
    if not (isinstance(identity, list) and is_alive(identity)):
        return
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(identity[0])
        try:
            if is_alive(identity):  # the descriptor is that process's, and no later one's
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def remove_stale() -> int:
    """Remove what killed owners left, with any guest that outlived one; return how many folders.

    Raises UnikernelError when there is no place for run folders.
    """
    removed = 0
    for folder in folders():
        facts = folder.read()
        if facts is None and start_time(folder.owner_pid) is not None:
            continue  # its owner is about to write the record
        if facts is not None and is_alive(facts.get("owner")):
            continue
        facts = folder.read()  # again: how it ended, its owner may have written just before it went
        if facts is not None and folder.is_kept(facts):
            continue
        send(guest_identity(facts or {}), signal.SIGKILL)
        folder.remove()
        removed += 1
    return removed
