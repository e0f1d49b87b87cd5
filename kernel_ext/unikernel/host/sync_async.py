"""One coroutine, two ways to call it: one that blocks, and one that is awaited.

The idea is nbclient's, which writes each step once, as a coroutine, and derives the blocking
function from it, and anyio's, whose portal lets threads outside a loop call into it. Here the work
always runs on one loop, wherever its caller is: hence the second function, too, is derived.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from unikernel.model.calls.arguments import checked

from . import event_loop

P = ParamSpec("P")
T = TypeVar("T")


def sync_and_async(
    work: Callable[P, Coroutine[Any, Any, T]],
) -> tuple[Callable[P, T], Callable[P, Coroutine[Any, Any, T]]]:
    """Return the two functions that run `work`, a coroutine function, on the event loop.

    The first waits for the result, the second is awaited in any event loop; an interrupt or a
    cancellation cancels the work. Both have the signature and the docstring of `work`, and its
    name without the underscore that begins it; the second's ends in `_async`. In a class body they
    are methods:

        async def _stop(self) -> None: ...

        stop, stop_async = sync_and_async(_stop)
    """

    @checked
    @functools.wraps(work)
    def wait(*args: P.args, **kwargs: P.kwargs) -> T:
        return event_loop.call(work(*args, **kwargs))

    @checked
    @functools.wraps(work)
    async def wait_async(*args: P.args, **kwargs: P.kwargs) -> T:
        return await event_loop.wrap(work(*args, **kwargs))

    owner, _, name = work.__qualname__.rpartition(".")
    for function, shown in (
        (wait, name.removeprefix("_")),
        (wait_async, f"{name.removeprefix('_')}_async"),
    ):
        function.__name__, function.__qualname__ = shown, f"{owner}.{shown}" if owner else shown
    return wait, wait_async
