"""What a tuning found: each measurement in its order, what was best, and which axes mattered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from unikernel.errors import MeasurementFailed
from unikernel.model.measurement import Measurements

from .best import are_apart, best_of, scatter
from .found import Found, Goal
from .points import Failure, Point
from .settings import Settings

if TYPE_CHECKING:
    import pandas as pd


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

        A point is told from the best when each of its samples is worse than each of the best's, and
        the medians are further apart than best.UNSURE standard errors of their difference.
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
