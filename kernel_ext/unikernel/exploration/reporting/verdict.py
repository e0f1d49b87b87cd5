"""Which point of a sweep is best, and from which others that cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unikernel.errors import MeasurementFailed
from unikernel.exploration.measurements import STEADY
from unikernel.model.exploration.best import are_apart, scatter
from unikernel.model.exploration.found import Found, goal_of
from unikernel.model.exploration.points import Point

from .numbers import number

SHOWN = 3  # settings that a note names
BEST, AS_GOOD = "best", "as good"
_WORDS = {"min": "least", "max": "most"}


@dataclass(frozen=True)
class Verdict:
    """The best point by a metric, and those that may be as good: noise hides the difference.

    `is_repeated` says whether samples tell how much there is of it.
    """

    metric: str
    unit: str
    best: Point
    as_good: tuple[Point, ...]
    is_repeated: bool

    @property
    def heading(self) -> str:
        """The heading over `mark`: what best is, in words."""
        return f"{_WORDS[goal_of(self.unit)].upper()} {self.metric}"

    def mark(self, point: Point) -> str:
        """Return what stands in the table beside a point."""
        if point is self.best:
            return BEST
        return AS_GOOD if any(point is each for each in self.as_good) else ""

    def notes(self) -> Iterator[str]:
        """Yield the verdict in words."""
        value = f"{number(self.best.median(self.metric))} {self.unit}".strip()
        least = _WORDS[goal_of(self.unit)]
        yield f"Best: {self.best.where}, with the {least} {self.metric}, {value}."
        if not self.is_repeated:
            yield "With one sample a point nobody can say how much of a difference is noise."
        elif self.as_good:
            named = "; ".join(point.where for point in self.as_good[:SHOWN])
            more = len(self.as_good) - SHOWN
            yield (
                "Not to be told from it, as much as samples scatter: "
                f"{named}{f'; and {more} more' if more > 0 else ''}. More repeats may."
            )


def verdict(found: Found) -> Verdict | None:
    """Return which point is best by what stands for the measurement; None where none is.

    That is so where nothing was measured, and where there is but one point.
    """
    names = found.headlines()
    measured = [point for point in found.points if names and point.samples(names[0])]
    if len(measured) < 2:
        return None
    try:
        best = found.best(names[0])
    except MeasurementFailed:
        return None
    goal, ours = goal_of(found.units()[names[0]]), best.samples(names[0])
    noise = scatter([point.samples(names[0]) for point in measured])
    return Verdict(
        metric=names[0],
        unit=found.units()[names[0]],
        best=best,
        as_good=tuple(
            point
            for point in measured
            if point is not best and not are_apart(ours, point.samples(names[0]), noise, goal)
        ),
        is_repeated=found.what in STEADY or len(ours) > 1,
    )
