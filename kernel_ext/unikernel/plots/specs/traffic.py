"""Throughput, HTTP and latency for the mouse."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from . import panels, vega_lite
from .vega_lite import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unikernel.model.measurement import Measurement

OVER_TIME_PX, LATENCY_PX = 290, 560


def throughput(
    rows: Sequence[Measurement], ways: Mapping[str, str], labels: Mapping[str, str], title: str
) -> Spec:
    """Return lines over time and bars of whole runs, a row of panels for each of `ways`.

    `ways` are headings of directions; `labels` what systems are called, in their order.
    """
    names = list(labels.values())
    return vega_lite.chart(
        title,
        legend="bottom",
        vconcat=[
            {
                "hconcat": [
                    _over_time(rows, way, labels, heading, declares=place == 0),
                    panels.bars(
                        list(_whole(rows, f"throughput.{way}", labels)),
                        names,
                        "MiB/s",
                        title=f"whole runs {heading}",
                        zoom=f"zoom_whole_{way}",
                    ),
                ]
            }
            for place, (way, heading) in enumerate(ways.items())
        ],
    )


def _over_time(
    rows: Sequence[Measurement],
    way: str,
    labels: Mapping[str, str],
    heading: str,
    *,
    declares: bool,
) -> Spec:
    hover = {"series": "of", "run": "run", "second#": "second", "rate#": "MiB/s"}
    return panels.lines(
        list(_intervals(rows, f"throughput.{way}.interval", labels)),
        list(labels.values()),
        panels.quantity("second", "seconds"),
        panels.quantity("rate", f"MiB/s {heading}"),
        hover=hover,
        zoom=f"zoom_{way}",
        thick="thick",
        width=OVER_TIME_PX,
        height=160,
        parameters=[panels.chosen()] if declares else [],
    )


def _intervals(
    rows: Sequence[Measurement], metric: str, labels: Mapping[str, str]
) -> Iterator[Spec]:
    """Yield the points of every run, and of the median of all runs."""
    for system, label in labels.items():
        runs: dict[str, list[tuple[float, float]]] = {}
        numbered: dict[int, list[tuple[float, float]]] = {}
        for row in rows:
            if row.metric == metric and row.dimensions["system"] == system:
                point = float(row.dimensions["second"] or 0), row.value
                runs.setdefault(str(row.sample + 1), []).append(point)
                numbered.setdefault(int(row.dimensions["interval"] or 0), []).append(point)
        if len(runs) > 1:
            runs["median"] = [
                (statistics.median(s for s, _ in points), statistics.median(v for _, v in points))
                for _, points in sorted(numbered.items())
            ]
        for run, points in runs.items():
            thick = run == "median" or len(runs) == 1
            for second, rate in panels.thinned(points):
                values = {"second": round(second, 3), "rate": round(rate, 3)}
                yield {"series": label, "run": run, "thick": thick, **values}


def _whole(rows: Sequence[Measurement], metric: str, labels: Mapping[str, str]) -> Iterator[Spec]:
    first: float | None = None
    for system, label in labels.items():
        values = _values(rows, metric, system)
        if values:
            yield panels.bar(label, values, first)
            first = statistics.median(values) if first is None else first


def _values(rows: Sequence[Measurement], metric: str, system: str) -> list[float]:
    return [
        row.value for row in rows if row.metric == metric and row.dimensions["system"] == system
    ]


def http(
    rows: Sequence[Measurement],
    percentiles: Mapping[str, str],
    labels: Mapping[str, str],
    title: str,
) -> Spec:
    """Return bars of requests a second, and lines of the percentiles of the time to an answer."""
    names = list(labels.values())
    points = [
        {"series": label, "percentile": shown, "ms": round(statistics.median(values), 4)}
        for system, label in labels.items()
        for name, shown in percentiles.items()
        if (values := _values(rows, f"http.latency.{name}", system))
    ]
    return vega_lite.chart(
        title,
        legend="bottom",
        hconcat=[
            panels.bars(
                list(_whole(rows, "http.requests", labels)),
                names,
                "requests/s",
                title="answers",
                zoom="zoom_requests",
                parameters=[panels.chosen()],
            ),
            panels.lines(
                points,
                names,
                panels.category("percentile", None),
                panels.quantity("ms", "time to the answer, ms", log=True),
                hover={"series": "of", "percentile": "percentile", "ms#": "ms"},
                zoom=None,
            ),
        ],
    )


def latency(rows: Sequence[Measurement], labels: Mapping[str, str], title: str) -> Spec:
    """Return for each system how many of the pings were answered within a time."""
    points: list[Spec] = []
    for system, label in labels.items():
        values = sorted(_values(rows, "latency.ping", system))
        shares = [(ms, 100 * (number + 1) / len(values)) for number, ms in enumerate(values)]
        for ms, share in panels.thinned(shares):
            points.append({"series": label, "ms": round(ms, 4), "share": round(share, 2)})
    return vega_lite.chart(
        title,
        legend="bottom",
        **panels.lines(
            points,
            list(labels.values()),
            panels.quantity("ms", "round trip, ms", log=True),
            panels.quantity("share", "% of pings"),
            hover={"series": "of", "ms#": "within, ms", "share#": "% of pings"},
            zoom="zoom",
            width=LATENCY_PX,
            parameters=[panels.chosen()],
        ),
    )
