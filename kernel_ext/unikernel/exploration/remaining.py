"""How far an exploration is, and how long it will still take."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from unikernel.render import progress
from unikernel.render.progress import Stage

Progress = Callable[[str, int, int], None]
Show = Callable[[Stage | None], None]
FEWEST = 3  # measurements that an estimate is made from
_make_show: list[Callable[[], Show]] = [lambda: progress.on_terminal(sys.stderr)]


def show_by(make: Callable[[], Show]) -> None:
    """Have explorations that are not told how to show their progress show it so, from now on.

    `make()` returns a new `show`, as `render.progress.Progress` takes it. Until this is called they
    show it where standard error is a terminal.
    """
    _make_show[0] = make


@contextlib.contextmanager
def shown(told: Progress | None) -> Iterator[Progress]:
    """Yield what is told of progress: what was given, else what shows it here."""
    if told:
        yield told
        return
    with progress.Progress(_make_show[0]()) as here:
        yield here


class Remaining:
    """Tells how many of `total` measurements are done, and about how long is left.

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
