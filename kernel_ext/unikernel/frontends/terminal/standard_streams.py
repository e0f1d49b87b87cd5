"""stdin, stdout and stderr of a command, whatever its caller made of them.

A reader that has seen enough, a full disk and a closed descriptor are somebody's ordinary day, and
no reason for a traceback. A descriptor that is closed would go to the next file that is opened, and
what is printed into that file: each is opened first.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys

from unikernel.errors import UnikernelError
from unikernel_toolchain.messages import os_errors

_SUBSTITUTES = (  # reads end; writes fail, as they do on a closed descriptor; stderr goes nowhere
    (0, os.O_RDONLY, "stdin", "r"),
    (1, os.O_RDONLY, "stdout", "w"),
    (2, os.O_WRONLY, "stderr", "w"),
)


def open_closed() -> None:
    """Open what the caller closed."""
    for number, flags, name, mode in _SUBSTITUTES:
        try:
            os.fstat(number)
        except OSError:
            descriptor = os.open(os.devnull, flags)  # the lowest that is free: this one
            assert descriptor == number
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def write(data: bytes) -> None:
    """Write all of `data` to stdout.

    Raises BrokenPipeError when its reader is gone, and UnikernelError when it takes no more.
    """
    try:
        descriptor = sys.stdout.fileno()
    except (io.UnsupportedOperation, AttributeError):  # somebody put another object there
        sys.stdout.write(data.decode("utf-8", "replace"))
        return
    try:
        sys.stdout.flush()
        _write_all(descriptor, data)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UnikernelError(
            f"The output cannot be written: {os_errors.reason(problem)}.",
        ) from problem


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # the caller made it non-blocking
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()


def write_text(text: str) -> None:
    """Write text to stdout in its own encoding; raises what `write` raises."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    write(text.encode(encoding, "backslashreplace"))


def reader_is_gone() -> bool:
    """Whether stdout is a pipe, socket or terminal at whose other end nobody is."""
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (io.UnsupportedOperation, AttributeError):
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def write_stderr(text: str) -> None:
    """Write a line to stderr, if anybody is there."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def discard_unwritten() -> None:
    """Keep Python from writing again, at its end, what could not be written."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            descriptor = os.open(os.devnull, os.O_WRONLY)
            os.dup2(descriptor, number)
            os.close(descriptor)
