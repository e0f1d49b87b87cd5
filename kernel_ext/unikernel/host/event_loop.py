"""The engine: one thread, living as long as this process, that owns everything that runs.

Guests' processes, QMP clients and consoles all belong to its event loop. A guest dies with the
thread that started it (PR_SET_PDEATHSIG is per thread), and a QMP client used from a second loop
hangs; one process-long thread answers both. Callers wait with `call` (blocking) or `wrap`
(awaiting, from any loop); both can be interrupted, and an interrupt cancels the work.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

THREAD_NAME = "unikernel-engine"
# A notebook's interrupt reaches an awaiting cell only when its loop wakes up; and one that comes
# just before a thread begins to wait for a lock does not end that wait.
_TICK_S = 0.1

T = TypeVar("T")


class _Engine:
    """An event loop and the thread that runs it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


_engine: _Engine | None = None
_starting = threading.Lock()


def _current() -> _Engine:
    global _engine  # noqa: PLW0603 (the one engine of the process)
    with _starting:
        if _engine is None:
            _engine = _Engine()
        return _engine


def _forget_after_fork() -> None:
    """Leave the engine to the parent: a forked child has its memory but not its thread."""
    global _engine, _starting  # noqa: PLW0603
    _engine = None
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)


_endings: list[Callable[[], object]] = []


def at_end(action: Callable[[], object]) -> None:
    """Have `action` called when this process ends, while the engine still works."""
    _endings.append(action)


def _shut_down() -> None:
    """End the engine with the process, so that nothing is torn down half way through."""
    if _engine is not None:
        for action in _endings:
            action()
        with contextlib.suppress(TimeoutError):
            call(_cancel_everything(), timeout_s=1.0)
        _engine.loop.call_soon_threadsafe(_engine.loop.stop)
        _engine.thread.join(1.0)


async def _cancel_everything() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


atexit.register(_shut_down)


def inside() -> bool:
    """Whether the caller is the engine's own thread."""
    return _engine is not None and threading.current_thread() is _engine.thread


def post(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start `work` on the engine and return at once. For callbacks of any thread."""
    return asyncio.run_coroutine_threadsafe(work, _current().loop)


def call(work: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
    """Run `work` on the engine and return its result.

    Raises TimeoutError after `timeout_s` seconds; an interrupt or a timeout cancels the work.
    """
    if inside():
        work.close()
        raise RuntimeError("A callback of the engine cannot wait for the engine; use engine.post.")
    future = post(work)
    deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
    try:
        while not future.done() and (deadline_s is None or time.monotonic() < deadline_s):
            left_s = _TICK_S if deadline_s is None else deadline_s - time.monotonic()
            concurrent.futures.wait({future}, max(0.0, min(_TICK_S, left_s)))
        return future.result(0)
    except BaseException:
        future.cancel()
        raise


async def wrap(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the engine and await its result from any event loop."""
    future = asyncio.wrap_future(post(work))
    try:
        while not future.done():
            await asyncio.wait({future}, timeout=_TICK_S)
        return future.result()
    except BaseException:
        future.cancel()
        raise
