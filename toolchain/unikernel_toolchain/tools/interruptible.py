"""Runs a build where Ctrl-C cannot tear it.

Python raises KeyboardInterrupt in the main thread between any two steps, even while a program is
being started and nobody holds it yet. So the work runs in a thread of its own, the caller's thread
only waits, and an interrupt becomes a requested stop: the work ends at a place it chose.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from unikernel_toolchain.errors import BuildInterrupted

from .progress import Progress
from .run import Stop

Result = TypeVar("Result")
_Reports = queue.SimpleQueue[tuple[str, int, int] | None]
# A signal that comes just before a lock is waited for does not end the wait (CPython): look again.
_LOOK_AGAIN_S = 0.2


def interruptible(
    work: Callable[[Progress], Result], progress: Progress | None, stop: Stop
) -> Result:
    """Return what `work(tell)` returns, or raise what it raises.

    `tell(what, done, total)` calls `progress` in the caller's thread. `work` has to end soon after
    `stop` is requested. Raises BuildInterrupted on KeyboardInterrupt, once `work` has ended.
    """
    reports: _Reports = queue.SimpleQueue()
    outcome: Future[Result] = Future()

    def attempt() -> None:
        try:
            outcome.set_result(work(lambda *step: reports.put(step)))
        except BaseException as problem:  # noqa: BLE001 (the caller gets it)
            outcome.set_exception(problem)
        finally:
            reports.put(None)

    thread = threading.Thread(target=attempt, name="build")
    try:
        thread.start()
        while (step := _next(reports)) is not None:
            if progress:
                progress(*step)
    except BaseException as problem:
        stop.request()
        if thread.ident is not None:  # else the interrupt came before it began to work
            outcome.exception()
        if isinstance(problem, KeyboardInterrupt):
            raise BuildInterrupted("The build was interrupted.") from None
        raise
    return outcome.result()


def _next(reports: _Reports) -> tuple[str, int, int] | None:
    while True:
        try:
            return reports.get(timeout=_LOOK_AGAIN_S)
        except queue.Empty:
            pass
