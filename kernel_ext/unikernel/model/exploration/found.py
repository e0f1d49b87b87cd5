"""What a sweep found: its points, and what is to be known of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unikernel.errors import MeasurementFailed, UsageError, did_you_mean
from unikernel.model.measurement import Measurement, Measurements, Scalar

from . import series
from .points import Point

if TYPE_CHECKING:
    import pandas as pd

Goal = Literal["max", "min"]
FAILED = "failed"  # the column that says why a row has no value
# What stands for a measurement in a table and on a plot, of all that it returns.
HEADLINES: Mapping[str, tuple[str, ...]] = {
    "boot": ("boot.total",),
    "size": ("size.image",),
    "http": ("http.requests", "http.latency.p50", "http.latency.p99"),
    "throughput": ("throughput.in", "throughput.out"),
    "latency": ("latency.ping",),
}
_ALL = tuple(name for names in HEADLINES.values() for name in names)
MOST_HEADLINES = 4
_LESS_IS_BETTER = ("ms", "µs", "us", "s", "ns", "B", "KiB", "MiB", "%")


@dataclass(frozen=True)
class Found:
    """The points of a sweep in the order of its axes, and the baseline measured in between.

    `axes` are the values of each axis; `planned` how many measurements were to be, of which `done`
    were taken or failed for good. `notes` are sentences: what was left out, what is doubtful.
    """

    what: str
    subject: str
    axes: Mapping[str, tuple[object, ...]]
    points: tuple[Point, ...]
    baseline: Measurements
    notes: tuple[str, ...] = ()
    planned: int = 0
    done: int = 0

    @property
    def rows(self) -> Measurements:
        """The rows of all points; their settings are dimensions."""
        return Measurements(row for point in self.points for row in point.rows)

    @property
    def failed(self) -> tuple[Point, ...]:
        """The points at which nothing could be measured."""
        return tuple(point for point in self.points if point.failure)

    @property
    def complete(self) -> bool:
        """Whether every measurement was taken, or failed."""
        return self.done >= self.planned

    def units(self) -> dict[str, str]:
        """Return the unit of each series, by its name."""
        return {name: unit for one in self.points for name, unit in series.names(one.rows).items()}

    def headlines(self) -> list[str]:
        """Return the names of the series that stand for the measurement."""
        units = self.units()
        wanted = HEADLINES.get(self.what, _ALL)  # a function of the caller's may call ours
        known = [name for name in units if name.partition(" (")[0] in wanted]
        return (known or [name for name in units if not name.endswith(".latency")])[:MOST_HEADLINES]

    def best(self, metric: str | None = None, goal: Goal | None = None) -> Point:
        """Return the point whose median of `metric` is best; by default of the first headline.

        `goal` is "max" or "min"; by default times, sizes and losses are to be small, all else
        large. Of equals it is the first. Raises UsageError for a metric that was not measured,
        MeasurementFailed when nothing was.
        """
        units = self.units()
        if not units:
            raise MeasurementFailed("No point of this sweep was measured, so none is the best.")
        name = metric or self.headlines()[0]
        if name not in units:
            raise UsageError(f"This sweep has no {name!r}.", hint=did_you_mean(name, units))
        measured = [(point.median(name), point) for point in self.points if point.samples(name)]
        if not measured:
            raise MeasurementFailed(f"No value of {name!r} is a number, so none is the best.")
        least = goal_of(units[name], goal) == "min"
        return (min if least else max)(measured, key=lambda one: one[0])[1]

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame: the axes, then a row a sample as Measurements have it.

        What failed is a row as well: without metric and value, its reason in the column `failed`,
        which is "" in all others.
        """
        import pandas as pd

        rows = [row for point in self.points for row in _rows(point)]
        columns = dict.fromkeys([*self.axes, "metric", "value", "unit", "sample", FAILED])
        frame = pd.DataFrame(rows, columns=[*(columns | _columns(rows))])
        return frame.astype({"value": float, FAILED: str})


def goal_of(unit: str, goal: Goal | None = None) -> Goal:
    """Return which of two values of a unit is better. Raises UsageError for another goal."""
    if goal not in (None, "max", "min"):
        raise UsageError(f"A goal is 'max' or 'min', not {goal!r}.")
    return goal or ("min" if unit in _LESS_IS_BETTER else "max")


def says_goal(unit: str) -> bool:
    """Return whether a unit tells which of two values is better: times and sizes do, and rates."""
    return unit in _LESS_IS_BETTER or unit.endswith("/s")


def _rows(point: Point) -> Iterable[dict[str, Scalar]]:
    for row in point.rows:
        yield {**_plain(row), **point.labels, FAILED: ""}
    for line, failure in {failure.line: failure for failure in point.failures}.items():
        empty: dict[str, Scalar] = {"value": math.nan, "sample": 0}
        yield {**empty, "worker": failure.worker or None, **point.labels, FAILED: line}


def _plain(row: Measurement) -> Mapping[str, Scalar]:
    return {
        **row.dimensions,
        "metric": row.metric,
        "value": row.value,
        "unit": row.unit,
        "sample": row.sample,
    }


def _columns(rows: Iterable[Mapping[str, Scalar]]) -> dict[str, None]:
    return dict.fromkeys(name for row in rows for name in row)
