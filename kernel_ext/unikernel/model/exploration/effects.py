"""What each axis does to a series: how its values compare, and how much of all change is its own.

The share of an axis is the part of the samples' variance that goes with its values alone; that of a
pair, what goes with both together and with neither alone: an interaction (analysis of variance of a
factorial design: Montgomery, Design and Analysis of Experiments, 5.3). What is left is noise, or
goes with more axes at once. Where points failed, shares are approximate.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from .found import Found
from .settings import labels

WORTH_SAYING = 0.01  # part of the variance
Cell = tuple[Hashable, ...]


@dataclass(frozen=True)
class Share:
    """Which part of the variance goes with these axes: one, or two together; () is the rest."""

    axes: tuple[str, ...]
    part: float


@dataclass(frozen=True)
class Level:
    """A value of an axis, or of two: the median of the medians of its points.

    `samples` are those of its point, where it is one; () where it is several, whose range would be
    the other axes' doing.
    """

    value: Cell
    median: float
    samples: tuple[float, ...]


def varied(found: Found) -> list[str]:
    """Return the axes with more than one value."""
    return [name for name, values in found.axes.items() if len(values) > 1]


def levels(found: Found, series: str, names: Sequence[str]) -> list[Level]:
    """Return a level for each combination of values of these axes that was measured."""
    groups: dict[Cell, list[tuple[float, ...]]] = {}
    for point in found.points:
        if samples := point.samples(series):
            own = point.labels
            groups.setdefault(tuple(own[name] for name in names), []).append(tuple(samples))
    return [
        Level(
            value,
            statistics.median(statistics.median(samples) for samples in members),
            members[0] if len(members) == 1 else (),
        )
        for value, members in groups.items()
    ]


def values_of(found: Found, name: str) -> list[Hashable]:
    """Return the values of an axis as plots name them."""
    return [labels({name: value})[name] for value in found.axes[name]]


def shares(found: Found, series: str) -> list[Share]:
    """Return the share of each axis, of each pair, and of the rest, the largest first.

    Empty when nothing varies, or one axis alone does and nothing was repeated.
    """
    names = varied(found)
    taken = [(point.labels, value) for point in found.points for value in point.samples(series)]
    if not names or (len(names) == 1 and len(taken) <= len(found.points)):
        return []
    mean = statistics.fmean(value for _, value in taken) if taken else 0.0
    total = sum((value - mean) ** 2 for _, value in taken)
    if not total:
        return []

    def explained(*axes: str) -> float:
        cells = _means((tuple(own[name] for name in axes), value) for own, value in taken)
        return sum(count * (own - mean) ** 2 for count, own in cells) / total

    alone = {name: explained(name) for name in names}
    parts = [Share((name,), part) for name, part in alone.items()]
    for one, other in itertools.combinations(names, 2):
        together = max(0.0, explained(one, other) - alone[one] - alone[other])
        parts.append(Share((one, other), together))
    rest = Share((), max(0.0, 1 - sum(share.part for share in parts)))
    return [*sorted(parts, key=lambda share: -share.part), rest]


def _means(values: Iterable[tuple[Cell, float]]) -> list[tuple[int, float]]:
    """Return how many values are in each cell, and their mean."""
    cells: dict[Cell, list[float]] = {}
    for cell, value in values:
        cells.setdefault(cell, []).append(value)
    return [(len(own), statistics.fmean(own)) for own in cells.values()]


def partner(found_shares: Iterable[Share], name: str, others: Sequence[str]) -> str | None:
    """Return the axis, among `others`, that this one interacts with most; None without any.

    Of two axes each is the other's.
    """
    for share in found_shares:
        if len(share.axes) == 2 and name in share.axes and share.part >= WORTH_SAYING:
            other = next(axis for axis in share.axes if axis != name)
            if other in others:
                return other
    return others[0] if len(others) == 1 else None
