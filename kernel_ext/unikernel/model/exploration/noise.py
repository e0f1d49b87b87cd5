"""What the samples of a sweep say of themselves: outliers, drift, workers that differ.

Few samples a point say little of how much one measurement scatters; all points together say it
well. So the scatter is that of all samples about the median of their point, relative to it, and it
is robust: 1.4826 × the median of its absolute values, which is a normal distribution's standard
deviation (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, who call outliers what is
3.5 of these away).

Drift is looked for in the baseline, one point that was measured again and again in between: by the
rank correlation of its values with time (Mann, Econometrica 13, 1945; Kendall's tau), which a
single strange value does not sway.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unikernel.model.measurement import Measurement

from . import series
from .points import Point
from .settings import Settings, labels

NORMAL = 1.4826  # a normal distribution's standard deviation, in medians of absolute deviations
FAR = 3.5  # standard deviations, after which a value is an outlier
LEAST = 0.05  # part of the median below which nothing is worth a note
LEAST_SAMPLES = 3  # of a point, that one of them can be an outlier
LEAST_BASELINES = 5  # of which a rank correlation can be significant
CONFIDENT = 1.96  # standard deviations: a chance of one in twenty
NOISY = 0.1  # part of all samples, from which on outliers are no exception


@dataclass(frozen=True)
class Outlier:
    """A sample far from the others of its point: `times` their median."""

    settings: Settings
    series: str
    value: float
    times: float

    def __str__(self) -> str:
        where = ", ".join(f"{name}={value}" for name, value in labels(self.settings).items())
        return f"{self.series} {self.value:.4g} at {where}: {self.times:.2f} × the point's median"


def scatter(points: Iterable[Point], name: str) -> float:
    """Return how much samples of a series scatter about their point's median, relative to it.

    It is 0.0 where no point has two samples that differ.
    """
    return _scatter([abs(off) for point in points for off in _offsets(point.samples(name))])


def _scatter(offsets: Iterable[float]) -> float:
    off = [each for each in offsets if each]  # a median of three is one of them, and 0 away
    return NORMAL * statistics.median(off) if off else 0.0


def _offsets(samples: Sequence[float]) -> list[float]:
    if len(samples) < 2 or not (middle := statistics.median(samples)):
        return []
    return [value / middle - 1 for value in samples]


def outliers(points: Sequence[Point], names: Iterable[str]) -> list[Outlier]:
    """Return the samples that are far from the others of their point, in these series."""
    found = []
    for name in names:
        limit = max(FAR * scatter(points, name), LEAST)
        for point in points:
            samples = point.samples(name)
            if len(samples) < LEAST_SAMPLES:
                continue
            for value, off in zip(samples, _offsets(samples), strict=False):
                if abs(off) > limit:
                    found.append(Outlier(point.settings, name, value, 1 + off))
    return found


def drift(rows: Iterable[Measurement], name: str) -> float | None:
    """Return by which part a series of the baseline changed from first to last; None if it did not.

    `rows` have the dimension at_s. A change counts when it is no chance, and worth a note.
    """
    timed = series.samples_of_all(rows).get(name, {})
    values = [value for _, value in sorted(timed.items(), key=lambda item: _when(item[0]))]
    if len(values) < LEAST_BASELINES or not (middle := statistics.median(values)):
        return None
    if abs(_kendall(values)) < CONFIDENT:
        return None
    # Theil and Sen's slope: the median of all pairs' slopes.
    pairs = itertools.combinations(enumerate(values), 2)
    slope = statistics.median((later - first) / (j - i) for (i, first), (j, later) in pairs)
    change = slope * (len(values) - 1) / middle
    return change if abs(change) >= LEAST else None


def _when(key: tuple[object, ...]) -> float:
    at_s = key[1]
    return float(at_s) if isinstance(at_s, int | float) else 0.0


def _kendall(values: Sequence[float]) -> float:
    """Return Mann and Kendall's statistic of a trend, in standard deviations of none."""
    count = len(values)
    pairs = itertools.combinations(values, 2)
    score = sum((later > first) - (later < first) for first, later in pairs)
    ties = sum(len(list(group)) for _, group in itertools.groupby(sorted(values))) - count
    variance = (count - ties) * (count - 1) * (2 * count + 5) / 18
    return (score - math.copysign(1, score)) / math.sqrt(variance) if score else 0.0


def differing_workers(points: Sequence[Point], name: str) -> Mapping[str, float]:
    """Return by worker how many times the points' medians its samples of a series are.

    Empty unless two workers differ by more than their samples scatter.
    """
    ratios: dict[str, list[float]] = {}
    for point in points:
        middle = statistics.median(point.samples(name) or [0.0])
        for row in point.rows:
            if row.metric == name and middle and math.isfinite(row.value):
                worker = str(row.dimensions.get("worker", ""))
                ratios.setdefault(worker, []).append(row.value / middle)
    found = {
        worker: statistics.median(values)
        for worker, values in ratios.items()
        if len(values) >= LEAST_BASELINES
    }
    if len(found) < 2 or max(found.values()) - min(found.values()) < LEAST:
        return {}
    own = [
        abs(value / found[w] - 1) for w, values in ratios.items() if w in found for value in values
    ]
    error = _scatter(own) / math.sqrt(min(len(ratios[w]) for w in found))
    return found if max(found.values()) - min(found.values()) > CONFIDENT * error else {}
