"""What a benchmark claims, and the table that shows what it measured beside the claim."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unikernel.model.measurement import Measurements


@dataclass(frozen=True)
class Ratio:
    """The median of one metric over the median of another, and what it should stay under."""

    name: str
    above: str
    below: str
    at_most: float

    def line(self, rows: Measurements) -> str:
        """Return the ratio beside its aim."""
        ratio = rows.median(self.above) / rows.median(self.below)
        return aim(f"{self.name}: {self.above} / {self.below}", f"{ratio:.2f}", ratio, self.at_most)


@dataclass(frozen=True)
class Limit:
    """A metric, and what it should stay under in its own unit."""

    metric: str
    at_most: float

    def line(self, rows: Measurements) -> str:
        """Return the median beside its aim."""
        value = rows.median(self.metric)
        return aim(self.metric, f"{value:,.0f}", value, self.at_most)


@dataclass(frozen=True)
class Least:
    """A metric, and what it should come up to in its own unit."""

    metric: str
    at_least: float

    def line(self, rows: Measurements) -> str:
        """Return the median beside its aim."""
        value = rows.median(self.metric)
        return aim(self.metric, f"{value:,.0f}", value, self.at_least, least=True)


@dataclass(frozen=True)
class Difference:
    """How much the median of one metric is above that of another, in their unit."""

    name: str
    above: str
    below: str
    at_most: float

    def line(self, rows: Measurements) -> str:
        """Return the difference beside its aim."""
        more = rows.median(self.above) - rows.median(self.below)
        return aim(f"{self.name}: {self.above} - {self.below}", f"{more:,.0f}", more, self.at_most)


Claim = Ratio | Limit | Least | Difference


def aim(what: str, shown: str, value: float, bound: float, *, least: bool = False) -> str:
    """Return one line: what, its value, its aim, and whether it is met."""
    met = value >= bound if least else value <= bound
    aim = f"at {'least' if least else 'most'} {bound:,g}, {'met' if met else 'missed'}"
    return f"{what:<44}{shown:>12}   aim: {aim}"


def digits_of(unit: str, value: float) -> int:
    """Return how many digits behind the point tell something."""
    if unit == "ms":
        return 1 if value >= 10 else 3
    return 1 if unit == "MiB/s" else 0


def table(rows: Measurements) -> list[str]:
    """Return the median and the middle 80 % of every metric, one line each."""
    lines = [f"{'metric':<28}{'median':>12}{'10 %':>10}{'90 %':>10}   unit, samples"]
    for metric in dict.fromkeys(row.metric for row in rows):
        samples = [row for row in rows if row.metric == metric]
        unit = samples[0].unit
        values = [row.value for row in samples]
        digits = digits_of(unit, rows.median(metric))
        spread = quantiles(values, n=10) if len(values) > 1 else values
        figures = (rows.median(metric), spread[0], spread[-1])
        shown = "".join(
            f"{figure:>{w},.{digits}f}" for w, figure in zip((12, 10, 10), figures, strict=True)
        )
        lines.append(f"{metric:<28}{shown}   {unit}, {len(values)}")
    return lines
