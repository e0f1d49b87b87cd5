"""Tells how far a build has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


class Steps:
    """Counts the steps of one piece of work and tells `progress(what, done, total)` of each."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def begin(self, what: str) -> None:
        """Say that the next step begins."""
        if self._done < self._total:
            self._progress(what, self._done, self._total)
        self._done += 1

    def end(self, what: str) -> None:
        """Say that everything is done; nothing when there was nothing to do."""
        if self._total:
            self._progress(what, self._total, self._total)
