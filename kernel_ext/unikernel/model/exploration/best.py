"""Which of some points is best when samples scatter, and which others may be as good.

Of many equal points the best is the luckiest, so a difference that would tell two points apart does
not tell the best of twenty from the others. What does was tried on simulated noise: see
docs/decisions/054-tuning.md.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from .found import Goal

UNSURE = 3.5  # standard errors: of equal settings few are then told from the luckiest
FEWEST_REPEATED = 2  # samples of a point that tell how much samples scatter


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
