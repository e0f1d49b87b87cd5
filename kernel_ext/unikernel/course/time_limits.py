"""A limit for code that may never end: a student's function, in the thread that checks it."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_AGAIN_S = 5.0  # for code that catches whatever is raised; what cleans up has so long


class TookTooLong(KeyboardInterrupt):
    """Time is up. What is under way ends as it does at Ctrl-C, machines that it boots too."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after so many seconds.

    Only Python's main thread can be interrupted; in others, where no notebook's cell runs, there
    is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise TookTooLong
