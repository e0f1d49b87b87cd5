"""Series: one number a sample, out of rows that may have many.

A sample of a disk has a row for every job, one of a network a row for every ping. What tells the
rows of one sample apart is part of a series' name, "block.randread (depth 32)"; rows that only a
number tells apart, as pings, are one value: their median.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping

from unikernel.model.measurement import Measurement, Measurements, Scalar

# What counts rows within a sample, and tells no series apart.
COUNTING = frozenset({"sequence", "interval", "second"})
# What says where and when a row was taken, or follows from the metric.
_INCIDENTAL = frozenset({"worker", "at_s", "engine", "tool", "because", "kind", "package"})


def names(rows: Iterable[Measurement]) -> dict[str, str]:
    """Return the unit of each series, by its name, in the order they come."""
    return {name: row.unit for name, row in _named(rows)}


def _named(rows: Iterable[Measurement]) -> Iterable[tuple[str, Measurement]]:
    rows = list(rows)
    telling = _telling(rows)
    for row in rows:
        if "second" not in row.dimensions:  # an interval of a run has no series
            yield series_of(row, telling.get(row.metric, ())), row


def _telling(rows: Iterable[Measurement]) -> dict[str, tuple[str, ...]]:
    """Return by metric the dimensions that differ between rows of one sample somewhere."""
    seen: dict[tuple[str, int, Scalar], Mapping[str, Scalar]] = {}
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        when = (row.metric, row.sample, row.dimensions.get("at_s"))
        first = seen.setdefault(when, row.dimensions)
        if first is row.dimensions:
            continue
        for name, value in row.dimensions.items():
            if name not in COUNTING | _INCIDENTAL and first.get(name) != value:
                found.setdefault(row.metric, {})[name] = None
    return {metric: tuple(names) for metric, names in found.items()}


def series_of(row: Measurement, telling: Iterable[str]) -> str:
    """Return the name of the series that a row belongs to."""
    words = [_word(name, row.dimensions[name]) for name in telling if name in row.dimensions]
    return f"{row.metric} ({', '.join(words)})" if words else row.metric


def _word(name: str, value: Scalar) -> str:
    return str(value) if isinstance(value, str) else f"{name} {value}"


def samples_of_all(rows: Iterable[Measurement]) -> dict[str, dict[tuple[object, ...], float]]:
    """Return for each series the finite value of each sample, by the sample's number and time."""
    found: dict[str, dict[tuple[object, ...], list[float]]] = {}
    for name, row in _named(rows):
        when = (row.sample, row.dimensions.get("at_s"))
        values = found.setdefault(name, {}).setdefault(when, [])
        if math.isfinite(row.value):
            values.append(row.value)
    return {
        name: {when: statistics.median(values) for when, values in each.items() if values}
        for name, each in found.items()
    }


def samples(rows: Measurements, name: str) -> list[float]:
    """Return the finite value of each sample of a series."""
    return list(samples_of_all(rows).get(name, {}).values())


def median(values: Iterable[float], name: str) -> float:
    """Return the median. KeyError when there is no value."""
    found = list(values)
    if not found:
        raise KeyError(name)
    return statistics.median(found)
