"""Throttle: many events in, few calls out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_S = 0.05
RATE = 100_000  # what the calls send, in characters a second: a page and its server keep up
SHARE = 0.1  # of the loop's time that the calls may take


class Throttle:
    """Calls `work` soon after `notice`, once for all notices since the last call.

    `work` returns how many characters it sent; the next call waits until they, and the time it
    took, are within the limits above. All runs on the loop's thread, where consoles and machines
    tell their news.
    """

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._due = False
        self._not_before_s = 0.0

    def notice(self, *_: object) -> None:
        """Have `work` called, unless it is about to be anyway."""
        if not self._due:
            self._due = True
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time() + INTERVAL_S, self._not_before_s), self._run)

    def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = False
        begun_s = loop.time()
        sent = self._work()
        took_s = loop.time() - begun_s
        self._not_before_s = begun_s + max(sent / RATE, took_s / SHARE)
