"""Signals that end a command: the guest is stopped, nothing is left, and the caller learns why.

SIGHUP and SIGTERM become exceptions as SIGINT does, so that one way out serves all three: `with`
and `finally` stop guests and remove run folders. The exit status is 128 plus the signal's number,
as a shell reports a program that a signal ended. A signal that the caller ignores stays ignored:
that is how `nohup` works.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = (signal.SIGHUP, signal.SIGTERM)  # beside SIGINT, for which Python does the same


class Ended(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def number_of(interrupt: KeyboardInterrupt) -> int:
    """Return the signal behind an interrupt."""
    return interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT


@contextlib.contextmanager
def as_interrupts() -> Iterator[None]:
    """Have signals that end a process raise Ended in the main thread; those ignored stay so.

    A terminal read in the background (SIGTTIN) fails then instead of stopping the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = {signal.SIGTTIN: signal.SIG_IGN} | {
        number: _end for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN
    }
    before = {number: signal.signal(number, action) for number, action in wanted.items()}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _end(number: int, _frame: object) -> NoReturn:
    raise Ended(number)
