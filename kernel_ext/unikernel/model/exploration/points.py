"""Points: settings, and what was measured there or why it was not."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.messages.visible import visible

from . import series
from .settings import Settings, labels

# Where a point failed: its settings make no sense, its image could not be built, its measurement
# could not be taken, or the host that was to take it was not able to.
SHOWN_SERIES = 4
Stage = Literal["request", "build", "measurement", "host"]


@dataclass(frozen=True)
class Failure:
    """Why a measurement at a point is missing.

    `reason` is what went wrong, in some lines; `detail` the evidence (a compiler's excerpt, a
    console), `hint` what to do. `worker` is who tried, "" where nobody came to it. All of it may
    hold what guests wrote.
    """

    stage: Stage
    reason: str
    detail: str = ""
    hint: str = ""
    worker: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.reason, self.detail, self.hint)))

    @property
    def line(self) -> str:
        """The reason in one line, with who tried where the host was not able to."""
        where = f"{self.worker}: " if self.stage == "host" and self.worker else ""
        return where + " ".join(self.reason.split())


@dataclass(frozen=True, repr=False)
class Point:
    """Settings by axis, the rows that were measured there, and what failed.

    `settings` has the axes' values as they were given. A point that failed now and then has both
    rows and failures.
    """

    settings: Settings
    rows: Measurements
    failures: tuple[Failure, ...] = ()

    @property
    def labels(self) -> dict[str, Scalar]:
        """The settings as tables show them."""
        return labels(self.settings)

    @property
    def where(self) -> str:
        """The settings in one line."""
        return ", ".join(f"{name}={value}" for name, value in self.labels.items())

    @property
    def failure(self) -> Failure | None:
        """Why nothing was measured here; None when something was."""
        return None if len(self.rows) or not self.failures else self.failures[0]

    def samples(self, metric: str) -> list[float]:
        """Return the value of each sample of a metric that is a finite number, as they came."""
        return series.samples(self.rows, metric)

    def median(self, metric: str) -> float:
        """Return the median of the samples. KeyError when there are none."""
        return series.median(self.samples(metric), metric)

    def __repr__(self) -> str:
        found = series.samples_of_all(self.rows)
        units = series.names(self.rows)
        shown = [
            f"{name} {statistics.median(values):.4g} {units[name]}".rstrip()
            for name, values in ((name, list(each.values())) for name, each in found.items())
            if values
        ]
        parts = [*shown[:SHOWN_SERIES], *(["…"] if len(shown) > SHOWN_SERIES else [])]
        samples = len({row.sample for row in self.rows})
        parts += [f"{samples} samples"] if samples > 1 else []
        parts += [f"{len(self.failures)} failed: {self.failures[0].line}"] if self.failures else []
        return visible(f"<Point {self.where}: {', '.join(parts)}>")

    def __iter__(self) -> Iterator[Measurement]:
        return iter(self.rows)
