"""Takes turns: what is compared is measured in the same minutes, on the same machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.model.dimensions import host
from unikernel.model.measurement import Measurement, Measurements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WARM_UPS = 2


def interleave(
    takes: Mapping[str, Callable[[], float]], *, repeat: int, **dimensions: str
) -> Measurements:
    """Return `repeat` samples in ms of every metric in `takes`, taken in turns.

    The order turns round from one round to the next; the first rounds warm up and are dropped.
    """
    rows = []
    for sample in range(-WARM_UPS, repeat):
        order = list(takes)[:: 1 if sample % 2 else -1]
        for metric in order:
            value = takes[metric]()
            if sample >= 0:
                rows.append(Measurement(metric, value, "ms", host() | dimensions, sample))
    return Measurements(rows)
