"""Throttle: many events in, few calls out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_S = 0.05


class Throttle:
    """Calls `work` soon after `notice`, once for all notices of the last `INTERVAL_S`.

    Both run on the engine's thread, where consoles and machines tell their news.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._due = False

    def notice(self, *_: object) -> None:
        """Have `work` called, unless it is about to be anyway."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(INTERVAL_S, self._run)

    def _run(self) -> None:
        self._due = False
        self._work()
