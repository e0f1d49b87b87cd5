"""What a tuning found: each measurement in its order, what was best, and which axes mattered."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from unikernel.errors import MeasurementFailed
from unikernel.model.measurement import Measurements

from .found import Found, Goal
from .points import Failure, Point
from .settings import Settings

if TYPE_CHECKING:
    import pandas as pd

UNSURE = 3.5  # standard errors: of equal settings few are then told from the luckiest
FEWEST_REPEATED = 2  # samples of a point that tell how much samples scatter


@dataclass(frozen=True)
class Trial:
    """One measurement: at which settings, which sample of them, its value or why there is none."""

    number: int
    settings: Settings
    sample: int
    value: float | None
    failure: Failure | None = None


@dataclass(frozen=True)
class Tuned:
    """The trials of a tuning in their order, and the points they were taken at.

    `metric` was to become the largest or the least, as `goal` says; `unit` is its unit.
    `importances` are parts of 1 by axis, the largest first: how much an axis decides whether a
    setting is among the best (PED-ANOVA); empty where that is not to be told. `settings`
    is how many there are, `at_most` how many measurements might be taken.
    """

    what: str
    subject: str
    axes: Mapping[str, tuple[object, ...]]
    metric: str
    unit: str
    goal: Goal
    trials: tuple[Trial, ...]
    points: tuple[Point, ...]
    importances: Mapping[str, float]
    settings: int
    at_most: int
    complete: bool = True
    notes: tuple[str, ...] = ()

    def best(self) -> Point:
        """Return the point to take. Raises MeasurementFailed when nothing was measured.

        It is the one whose median is best when each is given the doubt that its few samples leave:
        a value seen once counts for less than the same seen four times. Points that failed, if
        only now and then, are none.
        """
        samples = [point.samples(self.metric) for point in self.sound]
        chosen = best_of(samples, self.goal)
        if chosen is None:
            raise MeasurementFailed(
                "No setting was measured without a failure, so none is the best.",
                hint="\n".join(dict.fromkeys(one.line for one in self.failures)),
            )
        return self.sound[chosen]

    @property
    def value(self) -> float:
        """The median of the metric at the best point. Raises MeasurementFailed as `best` does."""
        return self.best().median(self.metric)

    @cached_property
    def indistinguishable(self) -> tuple[Point, ...]:
        """The other sound points that may be as good as the best: they are not told from it.

        A point is told from the best when both hold: each of its samples is worse than each of the
        best's, and the medians are further apart than UNSURE standard errors of their difference.
        """
        if not self.sound:
            return ()
        best, noise = self.best(), self.scatter
        ours = best.samples(self.metric)
        return tuple(
            point
            for point in self.sound
            if point is not best
            and not are_apart(ours, point.samples(self.metric), noise, self.goal)
        )

    @property
    def is_flat(self) -> bool:
        """Whether most sound points may be as good as the best: then no axis is told to matter."""
        return 2 * (1 + len(self.indistinguishable)) > len(self.sound)

    @cached_property
    def sound(self) -> tuple[Point, ...]:
        """The points that were measured, and never failed."""
        return tuple(p for p in self.points if not p.failures and p.samples(self.metric))

    @property
    def failed(self) -> tuple[Point, ...]:
        """The points at which a measurement failed."""
        return tuple(point for point in self.points if point.failures)

    @property
    def failures(self) -> list[Failure]:
        """Why they did."""
        return [failure for point in self.points for failure in point.failures]

    @property
    def scatter(self) -> float:
        """How much samples of one setting scatter, relative to them; 0.0 without repeats."""
        return scatter([point.samples(self.metric) for point in self.sound])

    @property
    def rows(self) -> Measurements:
        """All rows that were measured; settings are dimensions."""
        return self._found.rows

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame as a sweep's is: a row a sample, failures among them."""
        return self._found.to_frame()

    @property
    def _found(self) -> Found:
        return Found(self.what, self.subject, self.axes, self.points, Measurements())


def are_apart(best: Sequence[float], other: Sequence[float], noise: float, goal: Goal) -> bool:
    """Return whether samples are surely worse than the best's; `noise` is how much all scatter.

    Ranges that overlap tell nothing: noise is often skewed, and a range then says more than a
    standard error. But of few samples ranges seldom overlap, so the errors are to say the same.
    They are those of logarithms, as noise is a part of a value.
    """
    if not (max(other) < min(best) if goal == "max" else min(other) > max(best)):
        return False
    ours, theirs = statistics.median(best), statistics.median(other)
    if ours * theirs <= 0:
        return True
    error = noise * math.sqrt(1 / len(best) + 1 / len(other))
    return abs(math.log(theirs / ours)) > UNSURE * error


def scatter(samples: Iterable[Sequence[float]]) -> float:
    """Return the standard deviation of samples about their point's mean, relative to it, pooled."""
    squares, freedom = 0.0, 0
    for values in samples:
        if len(values) >= FEWEST_REPEATED and (middle := statistics.fmean(values)):
            squares += sum((value / middle - 1) ** 2 for value in values)
            freedom += len(values) - 1
    return math.sqrt(squares / freedom) if freedom else 0.0


def best_of(samples: Sequence[Sequence[float]], goal: Goal) -> int | None:
    """Return which of some points' samples is best, each less by its standard error."""
    noise, sign = scatter(samples), 1.0 if goal == "max" else -1.0
    known = [number for number, values in enumerate(samples) if values]

    def surely(number: int) -> float:
        middle = statistics.median(samples[number])
        return sign * middle - noise * abs(middle) / math.sqrt(len(samples[number]))

    return max(known, key=surely, default=None)
