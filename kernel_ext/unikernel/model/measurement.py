"""Measurement: one observed number with its dimensions; Measurements: a table of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .calls.saving import saved

if TYPE_CHECKING:
    import pandas as pd

Scalar = str | int | float | bool | None
SHOWN_METRICS = 6  # in a line


@dataclass(frozen=True)
class Measurement:
    """One row: `value` in `unit`, the dimensions it was taken in, and which repeat it was."""

    metric: str
    value: float
    unit: str
    dimensions: Mapping[str, Scalar]
    sample: int = 0


class Measurements:
    """An immutable table of measurements: raw samples, no statistics lost."""

    def __init__(self, rows: Iterable[Measurement] = ()) -> None:
        self._rows = tuple(rows)

    def __iter__(self) -> Iterator[Measurement]:
        return iter(self._rows)

    def __repr__(self) -> str:
        metrics = list(dict.fromkeys(row.metric for row in self._rows))
        more = ", …" if len(metrics) > SHOWN_METRICS else ""
        are = "measurement" if len(self) == 1 else "measurements"
        return f"<{len(self)} {are}: {', '.join(metrics[:SHOWN_METRICS])}{more}>"

    def __len__(self) -> int:
        return len(self._rows)

    def __add__(self, other: Measurements) -> Measurements:
        return Measurements((*self, *other))

    def where(self, keep: Callable[[Measurement], bool]) -> Measurements:
        """Return the rows that `keep` accepts."""
        return Measurements(row for row in self._rows if keep(row))

    def median(self, metric: str) -> float:
        """Return the median of all samples of `metric`. KeyError when there are none."""
        values = [row.value for row in self._rows if row.metric == metric]
        if not values:
            raise KeyError(metric)
        return statistics.median(values)

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame, one row a sample, one column a dimension."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"metric": r.metric, "value": r.value, "unit": r.unit, "sample": r.sample}
                | dict(r.dimensions)
                for r in self._rows
            ]
        )

    def save(self, path: str | Path) -> None:
        """Write the rows as JSON lines. Raises UsageError when the file cannot be written."""
        text = "".join(
            json.dumps(asdict(row) | {"dimensions": dict(row.dimensions)}) + "\n"
            for row in self._rows
        )
        with saved(path) as file:
            file.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Measurements:
        """Read what `save` wrote."""
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        return cls(Measurement(**json.loads(line)) for line in lines if line)
