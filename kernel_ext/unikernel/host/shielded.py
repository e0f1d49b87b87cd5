"""Work that goes on when who waits for it is interrupted.

asyncio logs, with a traceback, the exception of work that nobody took. Who interrupts a cell is
told of that; how the work ends afterwards is then nobody's, and no line of a log.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(work: asyncio.Future[T]) -> T:
    """Wait for `work`, return what it returns or raise what it raises; never cancel it."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(retrieve)
        raise


def retrieve(work: asyncio.Future[Any]) -> None:
    """Take the exception of work that is done, if it has one, so that it is not logged."""
    if not work.cancelled():
        work.exception()
