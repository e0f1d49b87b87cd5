"""Who looks at a widget just now: pages tell when they show it, and again while they do.

A page that goes may say nothing. But a kernel that runs a cell hears nothing either: messages wait
until it has ended. So a view whose word is overdue is missed only once the thread that would take
its message has been idle for a moment.

    shown ── word, every few seconds ──▶ shown ── overdue ──▶ asked ── GRACE_S idle ──▶ gone
"""

from __future__ import annotations

import asyncio
import contextlib

LEASE_S = 30.0  # in which word of a view that is shown comes: it is sent every 10 s
GRACE_S = 5.0  # in which messages that have waited for the end of a cell are taken
MOST = 32  # views at once; of more, the oldest is missed


class Viewers:
    """The views that are shown. For the event loop only, but for the constructor."""

    def __init__(self) -> None:
        """Note the caller's thread: it is the one that takes messages."""
        self._until_s: dict[str, float] = {}
        self._asked: set[str] = set()
        self._home: asyncio.AbstractEventLoop | None = None
        with contextlib.suppress(RuntimeError):  # no kernel: nobody waits for a cell's end
            self._home = asyncio.get_running_loop()

    def watch(self, view: str) -> bool:
        """Take word of a view that is shown; return whether it was not known."""
        is_new = self._until_s.pop(view, None) is None
        self._until_s[view] = _now_s() + LEASE_S
        self._asked.discard(view)
        if len(self._until_s) > MOST:
            del self._until_s[next(iter(self._until_s))]
        return is_new

    def unwatch(self, view: str) -> None:
        """Take word of a view that is hidden or gone."""
        self._until_s.pop(view, None)

    def any(self) -> bool:
        """Whether somebody looks; views that are overdue go."""
        for view, until_s in list(self._until_s.items()):
            if until_s > _now_s():
                continue
            if view in self._asked or self._home is None or self._home.is_closed():
                self._asked.discard(view)
                del self._until_s[view]
            else:
                self._ask(view, asyncio.get_running_loop(), self._home)
        return bool(self._until_s)

    def _ask(
        self, view: str, here: asyncio.AbstractEventLoop, home: asyncio.AbstractEventLoop
    ) -> None:
        """Have the view missed soon, unless it says a word once its thread is idle."""
        self._until_s[view] = float("inf")

        def miss_soon() -> None:
            if self._until_s.get(view) == float("inf"):
                self._asked.add(view)
                self._until_s[view] = _now_s() + GRACE_S

        home.call_soon_threadsafe(here.call_soon_threadsafe, miss_soon)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
