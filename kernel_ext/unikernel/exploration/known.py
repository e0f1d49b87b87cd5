"""What is known of an exploration's runs: their records, and which points are given up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unikernel.model.exploration.points import Failure, Point
from unikernel.model.exploration.settings import Settings, key, labels
from unikernel.model.measurement import Measurement, Measurements

from . import records, schedule
from .schedule import Place, Run

GIVE_UP = 2  # failures of a point, after which it is not measured any more
_PASSING = frozenset({"measurement"})  # the stages of failures that may be a chance
Record = Mapping[str, Any]
_Name = tuple[Place, int, bool]


@dataclass
class Known:
    """The records of runs, by what tells these apart."""

    _final: dict[_Name, Record] = field(default_factory=dict)
    _unable: dict[_Name, Record] = field(default_factory=dict)
    _failed: dict[Place, list[Record]] = field(default_factory=dict)  # for good, by point

    def keep(self, found: Iterable[Record]) -> None:
        """Know records. Of a host that was not able to, another may be: that is tried again."""
        for record in found:
            name = schedule.name_of(record)
            if not _is_final(record):
                self._unable[name] = record
                continue
            self._final[name] = record
            self._unable.pop(name, None)
            if "failure" in record:
                self._failed.setdefault(name[0], []).append(record)

    def record_of(self, run: Run) -> Record | None:
        """Return what is known of a run, None when it is still to be taken."""
        return self._final.get(run.name)

    def is_done(self, run: Run) -> bool:
        """Whether a run was taken, or will not be."""
        return self.record_of(run) is not None or self.is_given_up(run.settings)

    def is_given_up(self, settings: Settings) -> bool:
        """Whether a point cannot be built, or has failed too often."""
        stages = [record["failure"]["stage"] for record in self._failed.get(key(settings), ())]
        return len(stages) >= GIVE_UP or not _PASSING.issuperset(stages)

    def dropped(self) -> int:
        """Return how many warm-up measurements were taken, and dropped."""
        return sum(int(record.get("warm_ups", 0)) for record in self._final.values())

    def repeats(self) -> int:
        """Return how many samples a point has at most."""
        return max((sample + 1 for _, sample, baseline in self._final if not baseline), default=1)

    def baseline(self) -> Measurements:
        """Return the rows of the point that was measured in between, as they came."""
        return Measurements(
            row
            for (_, sample, is_baseline), record in self._final.items()
            if is_baseline
            for row in records.rows_of(record, sample, {})
        )

    def point(self, settings: Settings, repeat: int) -> Point:
        """Return what is known of a point: its first `repeat` samples."""
        rows: list[Measurement] = []
        failures: list[Failure] = []
        for sample in range(repeat):
            name = Run(settings, sample).name
            record = self._final.get(name) or self._unable.get(name)
            if record is None:
                continue
            if failure := records.failure_of(record):
                failures.append(failure)
            rows += records.rows_of(record, sample, labels(settings))
        if not rows and not failures:  # the baseline failed, or another sample: it was given up
            told = map(records.failure_of, self._failed.get(key(settings), ()))
            failures += [failure for failure in told if failure]
        return Point(settings, Measurements(rows), tuple(failures))


def _is_final(record: Record) -> bool:
    return "failure" not in record or record["failure"]["stage"] != "host"
