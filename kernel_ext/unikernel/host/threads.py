"""Work that would hold the event loop, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Begin work in a thread that ends with it: those of a loop's executor would stay."""
    outcome: Future[T] = Future()

    def attempt() -> None:
        try:
            outcome.set_result(work())
        except BaseException as problem:  # noqa: BLE001 (whoever waits gets it)
            outcome.set_exception(problem)

    threading.Thread(target=attempt, name=name, daemon=True).start()
    return asyncio.wrap_future(outcome)
