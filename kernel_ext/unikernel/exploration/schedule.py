"""The order of measurements: every point once a round, shuffled anew, the baseline in between.

What changes while a sweep runs (a processor that gets warm, a neighbour who begins to compute) then
meets all points alike, and does not look like an effect of the axis that changes slowest. One point
is measured again and again between the others: what changes there is no setting's doing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unikernel.model.exploration.settings import Settings, key, labels

BASELINE_EVERY = 10  # measurements
MOST_BASELINES = 20
Place = tuple[tuple[str, str], ...]  # what tells a point from the others, as settings.key has it


@dataclass(frozen=True)
class Run:
    """One measurement to be taken: at which settings, which sample of them, or of the baseline."""

    settings: Settings
    sample: int
    is_baseline: bool = False

    @property
    def name(self) -> tuple[Place, int, bool]:
        """What tells it from the other runs of a sweep."""
        return (key(self.settings), self.sample, self.is_baseline)

    def record(self) -> dict[str, Any]:
        """Return what a journal says of it."""
        return {
            "settings": {name: str(value) for name, value in labels(self.settings).items()},
            "sample": self.sample,
            "is_baseline": self.is_baseline,
        }


def name_of(record: Mapping[str, Any]) -> tuple[Place, int, bool]:
    """Return the name of the run that a journal's record is of.

    Raises what values of other types do.
    """
    run = record["run"]
    settings = tuple(sorted((str(name), str(value)) for name, value in run["settings"].items()))
    return (settings, int(run["sample"]), bool(run["is_baseline"]))


def schedule(points: Sequence[Settings], repeat: int, seed: int, *, baseline: bool) -> list[Run]:
    """Return the runs of a sweep in their order. The first point is the baseline."""
    runs = []
    for sample in range(repeat):
        order = list(points)
        random.Random(f"{seed} {sample}").shuffle(order)  # noqa: S311 - an order is no secret
        runs += [Run(settings, sample) for settings in order]
    if not baseline or len(points) < 2:
        return runs
    times = min(MOST_BASELINES, max(2, len(runs) // BASELINE_EVERY))
    return list(_between(runs, [Run(points[0], number, True) for number in range(times)]))


def _between(runs: Sequence[Run], others: Sequence[Run]) -> Iterable[Run]:
    """Yield the runs with the others evenly between: one of these first, and one last."""
    left = list(others)
    for number, run in enumerate(runs):
        if number * (len(others) - 1) >= (len(others) - len(left)) * len(runs):
            yield left.pop(0)
        yield run
    yield from left
