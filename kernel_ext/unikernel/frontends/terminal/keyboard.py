"""Keyboard: what is typed, or piped in, on its way to a guest.

A process in the background that reads its terminal is stopped (SIGTTIN). So the terminal is read
only in the foreground, and SIGTTIN, which a change of mind in between would bring, is ignored: the
read then fails with EIO and is tried again later (POSIX, General Terminal Interface, 11.1.4).

The thread that reads cannot be ended, since a read of a terminal cannot be taken back. It is a
daemon and holds no lock of Python's, so the process ends without it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import threading
from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError

if TYPE_CHECKING:
    from unikernel.guest.console import Console

STDIN = 0
CHUNK = 4096
LOOK_AGAIN_S = 0.2  # whether we are in the foreground by now


def pass_on(console: Console) -> None:
    """Pass stdin on to a guest, in a thread of its own, until either has ended."""
    threading.Thread(target=_pass_on, args=(console,), daemon=True).start()


def _pass_on(console: Console) -> None:
    """Read below Python's buffers, whose lock would outlive this thread."""
    with contextlib.suppress(OSError, UnikernelError):
        while typed := _read():
            console.write(typed, timeout_s=None)


def _read() -> bytes:
    """Return the next bytes; b"" at the end. Raises OSError when stdin cannot be read."""
    pause = threading.Event()
    while True:
        if _is_ours():
            select.select([STDIN], [], [])
            with contextlib.suppress(BlockingIOError):
                if typed := _read_ours():
                    return typed[0]
        pause.wait(LOOK_AGAIN_S)


def _read_ours() -> tuple[bytes] | None:
    """Return what was read; None when the terminal was taken from us meanwhile."""
    if not _is_ours():
        return None
    try:
        return (os.read(STDIN, CHUNK),)
    except OSError:
        if _is_ours():
            raise
        return None


def _is_ours() -> bool:
    """Whether we may read: stdin is not the terminal we were started in, or we are in front."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError as problem:
        if problem.errno == errno.ENOTTY:
            return True
        raise  # the terminal is gone
