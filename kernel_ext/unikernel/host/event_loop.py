"""The event loop: one thread, living as long as this process, that owns everything that runs.

Guests' processes, QMP clients and consoles all belong to it. A guest dies with the thread that
started it (PR_SET_PDEATHSIG is per thread), and a QMP client used from a second loop hangs; one
process-long thread answers both. Callers wait with `call` (blocking) or `wrap` (awaiting, from any
loop); both can be interrupted, and an interrupt cancels the work.

    none ── first `post` ──▶ running ── the process ends: `at_exit`, cancel all, stop ──▶ stopped
      ▲                        │
      └──────── fork ──────────┘ (the child's memory has the loop, but no thread runs it)

It is what anyio calls a blocking portal. Anyio's waits for a lock, which a notebook's interrupt
does not end (see `_TICK_S`), and stops when a context does, where this one lasts.
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

THREAD_NAME = "unikernel-event-loop"
# A notebook's interrupt reaches an awaiting cell only when its loop wakes up; and one that comes
# just before a thread begins to wait for a lock does not end that wait.
_TICK_S = 0.1

T = TypeVar("T")


class _LoopThread:
    """An event loop and the thread that runs it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


_loop_thread: _LoopThread | None = None
_starting = threading.Lock()


def _current() -> _LoopThread:
    global _loop_thread  # noqa: PLW0603 (the one loop of the process)
    with _starting:
        if _loop_thread is None:
            _loop_thread = _LoopThread()
        return _loop_thread


def _forget_after_fork() -> None:
    """Leave the event loop to the parent: a forked child has its memory but not its thread."""
    global _loop_thread, _starting  # noqa: PLW0603
    _loop_thread = None
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)


_exit_actions: list[Callable[[], object]] = []


def at_exit(action: Callable[[], object]) -> None:
    """Have `action` called when this process ends, while the event loop still works."""
    _exit_actions.append(action)


def _shut_down() -> None:
    """End the event loop with the process, so that nothing is torn down half way through."""
    if _loop_thread is not None:
        for action in _exit_actions:
            action()
        with contextlib.suppress(TimeoutError):
            call(_cancel_everything(), timeout_s=1.0)
        _loop_thread.loop.call_soon_threadsafe(_loop_thread.loop.stop)
        _loop_thread.thread.join(1.0)


async def _cancel_everything() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


atexit.register(_shut_down)


def inside() -> bool:
    """Whether the caller is the loop's own thread."""
    return _loop_thread is not None and threading.current_thread() is _loop_thread.thread


def post(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start `work` on the event loop and return at once. For callbacks of any thread."""
    return asyncio.run_coroutine_threadsafe(work, _current().loop)


def call(work: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
    """Run `work` on the event loop and return its result.

    Raises TimeoutError after `timeout_s` seconds; an interrupt or a timeout cancels the work.
    Raises RuntimeError on the loop's own thread, which would wait for itself, and what `work`
    raises.
    """
    if inside():
        work.close()
        raise RuntimeError(
            "A callback of the event loop cannot wait for the loop; use event_loop.post."
        )
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
    """Run `work` on the event loop and await its result from any event loop."""
    future = asyncio.wrap_future(post(work))
    try:
        while not future.done():
            await asyncio.wait({future}, timeout=_TICK_S)
        return future.result()
    except BaseException:
        future.cancel()
        raise
