"""Progress: says how far a long step is, and stays silent about short ones."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Self, TextIO

from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_S = 0.5
INTERVAL_S = 0.1
BAR_WIDTH = 24


@dataclass(frozen=True)
class Stage:
    """How far a step is: `done` of `total` after `elapsed_s`."""

    what: str
    done: int
    total: int
    elapsed_s: float

    @property
    def fraction(self) -> float:
        """Between 0 and 1; 0 when the total is not known."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        full = round(self.fraction * BAR_WIDTH)
        bar = "█" * full + "░" * (BAR_WIDTH - full)
        return visible(f"{bar} {self.done}/{self.total} {self.elapsed_s:.1f} s  {self.what}")

    def _repr_html_(self) -> str:
        return (
            f'<progress max="{max(self.total, 1)}" value="{self.done}" '
            f'style="vertical-align: middle; width: 16em"></progress> '
            f"{self.done}/{self.total} · {self.elapsed_s:.1f} s · {escape(self.what)}"
        )


class Progress:
    """A progress callback that shows stages through `show`, once `QUIET_S` have passed.

    `show` gets a Stage at most every `INTERVAL_S`, and None at the end when it was shown anything.
    """

    def __init__(
        self, show: Callable[[Stage | None], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._show = show
        self._now = now
        self._begun_s = now()
        self._shown_s: float | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note that `done` of `total` parts are there and `what` is being made."""
        now_s = self._now()
        if now_s - self._begun_s < QUIET_S:
            return
        if self._shown_s is not None and now_s - self._shown_s < INTERVAL_S and done < total:
            return
        self._shown_s = now_s
        self._show(Stage(what, done, total, now_s - self._begun_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown_s is not None:
            self._show(None)


def on_terminal(stream: TextIO) -> Callable[[Stage | None], None]:
    """Return a `show` that redraws one line of a terminal; silent when `stream` is no terminal."""

    def show(stage: Stage | None) -> None:
        with contextlib.suppress(OSError, ValueError):  # a terminal may be closed meanwhile
            if stream.isatty():
                stream.write(f"\r\x1b[K{stage or ''}")
                stream.flush()

    return show
