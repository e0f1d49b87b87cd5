"""What to measure next: a setting that nobody knows, or a promising one once more.

Samples are noisy, and of many the best one seems better than it is. So

    a setting that takes the lead     is measured again at once, before it leads anybody astray
    the last quarter of measurements  goes to the best few, until each has FINAL samples
    all others                        go to settings that are not known, as Optuna says

A choice depends on what is known and on the seed alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .optimiser import Optimiser, Place

STARTUP = 10  # settings until which Optuna draws them at random, and none leads
LEADING = 2  # samples of one that leads
FINAL = 4  # samples of each of the best
BEST = 4  # settings that are compared in the end
FINAL_PART = 0.25  # of the measurements


@dataclass
class Known:
    """What is known: the samples of each place, places that failed, and those under way."""

    samples: dict[Place, list[float]] = field(default_factory=dict)
    failed: set[Place] = field(default_factory=set)
    pending: set[Place] = field(default_factory=set)
    taken: int = 0

    @property
    def values(self) -> dict[Place, float]:
        """The median of each place that was measured, and did not fail."""
        return {
            place: statistics.median(values)
            for place, values in self.samples.items()
            if place not in self.failed and values
        }


@dataclass(frozen=True)
class Chooser:
    """Chooses among `places`, in `at_most` measurements; `repeats` says whether samples scatter."""

    optimiser: Optimiser
    places: Sequence[Place]
    at_most: int
    repeats: bool = True

    def next(self, known: Known) -> Place | None:
        """Return what to measure next; None when there is nothing, or must first be more known."""
        left = self.at_most - known.taken - len(known.pending)
        if left <= 0:
            return None
        seen = known.samples.keys() | known.failed | known.pending
        unknown = [place for place in self.places if place not in seen]
        again = self._again(known, is_late=left <= self.at_most * FINAL_PART or not unknown)
        if again is not None:
            return again
        if not unknown:
            return None
        bad = [*known.failed, *(known.pending - known.samples.keys())]
        return self.optimiser.suggest(known.values, sorted(bad), unknown)

    def _again(self, known: Known, *, is_late: bool) -> Place | None:
        """Return the promising place that is to be measured once more, if there is one."""
        if not self.repeats:
            return None
        order = self._ranked(known.values)
        if len(order) >= STARTUP:
            first = order[0]
            if len(known.samples[first]) < LEADING and first not in known.pending:
                return first
        if not is_late:
            return None
        few = [one for one in order[:BEST] if len(known.samples[one]) < FINAL]
        few = [one for one in few if one not in known.pending]
        return min(few, key=lambda place: len(known.samples[place]), default=None)

    def _ranked(self, values: Mapping[Place, float]) -> list[Place]:
        return sorted(values, key=lambda p: values[p], reverse=self.optimiser.goal == "max")
