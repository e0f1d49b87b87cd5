"""A disk's figures for the mouse: bars of jobs, and how latencies spread."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import panels, vega_lite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .vega_lite import Spec


@dataclass(frozen=True)
class Samples:
    """The samples of one job on one system; of one percentile, where they are latencies."""

    system: str
    job: str
    values: Sequence[float]
    percentile: str = ""


def spec(
    parts: Mapping[tuple[str, str], Sequence[Samples]], spread: Sequence[Samples], title: str
) -> Spec:
    """Return a panel of bars for each of `parts`, by heading and unit, and one of latencies."""
    every = [one for samples in parts.values() for one in samples]
    systems = list(dict.fromkeys(one.system for one in every))
    across: list[Spec] = []
    for (heading, unit), samples in parts.items():
        across.append(
            panels.bars(
                _bars(samples, systems[0]),
                systems,
                unit,
                title=heading,
                zoom=f"zoom_{len(across)}",
                y="job",
                parameters=[] if across else [panels.chosen()],
            )
        )
    if spread:
        across.append(_latencies(spread, systems))
    return vega_lite.chart(title, legend="bottom", concat=across, columns=2)


def _bars(samples: Sequence[Samples], first: str) -> list[Spec]:
    medians = {one.job: statistics.median(one.values) for one in samples if one.system == first}
    return [
        panels.bar(
            one.system,
            one.values,
            medians.get(one.job) if one.system != first else None,
            job=one.job,
        )
        for one in samples
    ]


def _latencies(spread: Sequence[Samples], systems: Sequence[str]) -> Spec:
    points = [
        {
            "series": one.system,
            "run": one.job,
            "percentile": one.percentile,
            "us": round(statistics.median(one.values), 2),
        }
        for one in spread
    ]
    return panels.lines(
        points,
        systems,
        panels.category("percentile", "percent of requests"),
        panels.quantity("us", "µs at most", log=True),
        hover={"series": "of", "run": "job", "percentile": "percent of requests", "us#": "µs"},
        zoom=None,
        dashes="run",
    )
