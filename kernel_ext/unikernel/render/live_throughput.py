"""Throughput while it is measured: a picture cheap enough not to disturb the measurement."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from .results import Result

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT, LEFT = 640, 180, 60  # pixels
INTERVAL_S = 0.5  # between two pictures
COLOURS = ("#0072b2", "#56b4e9", "#e69f00", "#d55e00", "#009e73", "#cc79a7")

Point = tuple[float, float]


class LiveThroughput(Result):
    """MiB/s over time by system and direction, the latest run of each; shown through `show`."""

    def __init__(self, show: Callable[[LiveThroughput], None]) -> None:
        self._show = show
        self._lines: dict[str, list[Point]] = {}
        self._shown_s = 0.0

    def watch(self, system: str, direction: str, elapsed_s: float, mib_s: float) -> None:
        """Take in what passes, as `measure.throughput` tells it."""
        points = self._lines.setdefault(f"{system} {direction}", [])
        if points and elapsed_s < points[-1][0]:
            points.clear()  # the next run began
        points.append((elapsed_s, mib_s))
        now_s = time.monotonic()
        if now_s - self._shown_s >= INTERVAL_S:
            self._shown_s = now_s
            self._show(self)

    def __str__(self) -> str:
        return "\n".join(
            f"{name}: {points[-1][1]:,.0f} MiB/s at {points[-1][0]:.1f} s"
            for name, points in self._lines.items()
        )

    def _repr_html_(self) -> str:
        every = [point for points in self._lines.values() for point in points]
        end_s = max((second for second, _ in every), default=1.0)
        top = max((mib_s for _, mib_s in every), default=1.0) or 1.0
        lines = "".join(
            self._line(number, points, end_s, top)
            for number, points in enumerate(self._lines.values())
        )
        names = "".join(
            f'<span style="color: {_colour(number)}; margin-right: 1em">■ {escape(name)} '
            f"{points[-1][1]:,.0f} MiB/s</span>"
            for number, (name, points) in enumerate(self._lines.items())
        )
        return (
            f'<svg width="{WIDTH}" height="{HEIGHT + 22}" style="font: 11px sans-serif">'
            f'<g fill="#808080"><text x="0" y="12">{top:,.0f} MiB/s</text>'
            f'<text x="0" y="{HEIGHT}">0</text>'
            f'<text x="{WIDTH - 50}" y="{HEIGHT + 16}">{end_s:.1f} s</text></g>'
            f'<path d="M{LEFT} 0V{HEIGHT}H{WIDTH}" stroke="#808080" fill="none"/>{lines}</svg>'
            f"<div>{names}</div>"
        )

    @staticmethod
    def _line(number: int, points: list[Point], end_s: float, top: float) -> str:
        places = " ".join(
            f"{LEFT + second / end_s * (WIDTH - LEFT):.1f},{HEIGHT - mib_s / top * HEIGHT:.1f}"
            for second, mib_s in points
        )
        colour = _colour(number)
        return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]
