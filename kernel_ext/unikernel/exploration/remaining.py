"""How far an exploration is, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, int, int], None]
FEWEST = 3  # measurements that an estimate is made from


class Remaining:
    """Tells `progress` how many of `total` measurements are done, and about how long is left.

    The order is shuffled: what is done stands for what is not, slow points and fast ones. What was
    done before, by an earlier call, took none of this one's time.
    """

    def __init__(
        self,
        progress: Progress | None,
        what: str,
        total: int,
        before: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress = progress
        self._what = what
        self._total = total
        self._before = before
        self._now = now
        self._begun_s = now()

    def tell(self, done: int, failed: int = 0) -> None:
        """Tell that `done` of all are done, of which `failed` failed."""
        if self._progress is None:
            return
        parts = [self._what]
        if failed:
            parts.append(f"{failed} failed")
        if left := self.left(done):
            parts.append(left)
        self._progress(", ".join(parts), done, self._total)

    def left(self, done: int) -> str:
        """Return about how long the rest takes; "" where that is not known, or nothing is left."""
        here = done - self._before
        if here < FEWEST or done >= self._total:
            return ""
        seconds = (self._now() - self._begun_s) / here * (self._total - done)
        return f"about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """Return a time in the unit that people would say it in."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"
