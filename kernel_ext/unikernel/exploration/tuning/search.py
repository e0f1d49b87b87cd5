"""A search under way: which runs are to be taken, and what was learnt from those that were.

    chooser ──▶ run ──▶ experiment (a worker measures) ──▶ record ──▶ known ──▶ chooser …

With several workers some runs are under way while the next is chosen. A host that was not able to
measure says nothing of a setting, which is asked for again; but not before what is under way has
ended: who fails at once would be handed everything. After HOST_FAILURES in a row it is no chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from unikernel.errors import UnikernelError, UsageError, did_you_mean
from unikernel.exploration import records, schedule
from unikernel.exploration.executors import Record
from unikernel.exploration.experiment import Experiment
from unikernel.exploration.schedule import Run
from unikernel.model.exploration import series
from unikernel.model.exploration.found import Goal, goal_of, says_goal
from unikernel.model.exploration.points import Point
from unikernel.model.exploration.settings import Settings, key
from unikernel.model.exploration.tuned import Trial

from .chooser import Chooser, Known
from .optimiser import Optimiser, Place

HOST_FAILURES = 10


class HostUnable(UnikernelError):
    """No host is able to measure, whatever the setting."""


@dataclass
class Search:
    """The search for the best of an experiment's settings by `metric`."""

    asked: Experiment
    metric: str
    wanted: Goal | None
    seed: int
    at_most: int
    known: Known = field(default_factory=Known)
    taken: list[Run] = field(default_factory=list)
    unit: str = ""
    host_failures: int = 0  # since a measurement was taken
    heard: int = 0

    @cached_property
    def settings(self) -> dict[Place, Settings]:
        """The settings at each place, in the order of the axes."""
        counts = [range(len(values)) for values in self.asked.question.axes.values()]
        points = self.asked.question.points()
        return dict(zip(_grid(counts), points, strict=True))

    @cached_property
    def places(self) -> dict[object, Place]:
        """The place of each settings' key."""
        return {key(settings): place for place, settings in self.settings.items()}

    @property
    def goal(self) -> Goal:
        """What is better, which the metric's unit says where nobody else does."""
        return goal_of(self.unit, self.wanted)

    @property
    def optimiser(self) -> Optimiser:
        """Optuna, asked about these axes."""
        return Optimiser(self.asked.question.axes, self.goal, self.seed)

    def resume(self) -> None:
        """Learn from what the journal has, in the order in which it was learnt."""
        for record in list(self.asked.journal.records):
            point, sample, _ = schedule.name_of(record)
            place = self.places.get(point)
            if place is not None and isinstance(sample, int):
                self.learn(Run(self.settings[place], sample), record)
        self.host_failures = 0

    def runs(self) -> Iterator[Run]:
        """Yield what to measure next, as long as that can be said."""
        while self.host_failures < HOST_FAILURES:
            if self.host_failures and self.known.pending:
                return
            place = self._chooser().next(self.known)
            if place is None:
                return
            self.known.pending.add(place)
            yield Run(self.settings[place], len(self.known.samples.get(place, ())))

    def _chooser(self) -> Chooser:
        repeats = not self.asked.question.kind.is_steady
        return Chooser(self.optimiser, list(self.settings), self.at_most, repeats)

    def learn(self, run: Run, record: Record) -> None:
        """Take in how a run went. UsageError for what is no metric, or says no goal."""
        place = self.places[key(run.settings)]
        self.known.pending.discard(place)
        self.heard += 1
        failure = records.failure_of(record)
        if failure and failure.stage == "host":
            self.host_failures += 1
            return
        self.host_failures = 0
        self.known.taken += 1
        self.taken.append(run)
        value = self._value(run, record)
        if value is None:
            self.known.failed.add(place)
        else:
            self.known.samples.setdefault(place, []).append(value)

    def check_hosts(self) -> None:
        """Raise HostUnable when hosts fail more often than a chance would have it."""
        if self.host_failures >= HOST_FAILURES:
            failure = next(
                found
                for record in reversed(self.asked.journal.records)
                if (found := records.failure_of(record)) and found.stage == "host"
            )
            raise HostUnable(failure.line, hint=failure.hint, detail=failure.detail)

    def _value(self, run: Run, record: Mapping[str, Any]) -> float | None:
        rows = list(records.rows_of(record, run.sample, {}))
        units = series.names(rows)
        if rows and self.metric not in units:
            raise UsageError(
                f"{self.asked.question.kind.name} measures no {self.metric!r}.",
                hint=did_you_mean(self.metric, units),
            )
        self.unit = units.get(self.metric, self.unit)
        if rows and not self.wanted and not says_goal(self.unit):
            raise UsageError(
                f"Whether the least or the most {self.metric} is best is not to be told from its "
                f"unit{f' {self.unit!r}' if self.unit else ', as it has none'}.",
                hint='Say it: goal="min" or goal="max" in Python, --goal … of a command.',
            )
        found = series.samples_of_all(rows).get(self.metric, {})
        return next(iter(found.values()), None)

    def trials(self) -> tuple[Trial, ...]:
        """Return every measurement that was taken, in its order."""
        return tuple(self._trial(number, run) for number, run in enumerate(self.taken, 1))

    def _trial(self, number: int, run: Run) -> Trial:
        record = self.asked.known.record_of(run)
        assert record is not None, "what was taken is known"
        value = self._value(run, record)
        return Trial(number, run.settings, run.sample, value, records.failure_of(record))

    def points(self) -> tuple[Point, ...]:
        """Return the points that were measured, in the order of the axes."""
        repeats = {place: len(values) + 1 for place, values in self.known.samples.items()}
        seen = repeats | {place: repeats.get(place, 1) for place in self.known.failed}
        return tuple(
            self.asked.known.point(self.settings[place], seen[place]) for place in sorted(seen)
        )


def _grid(counts: list[range]) -> Iterator[Place]:
    if not counts:
        yield ()
        return
    for rest in _grid(counts[:-1]):
        for number in counts[-1]:
            yield (*rest, number)
