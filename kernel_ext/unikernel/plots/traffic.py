"""Plots of network measurements: a unikernel, and the baseline beside it."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model.calls.arguments import checked

from . import series
from .drawing import title
from .interactive import Interactive, of_systems
from .specs import traffic
from .specs.vega_lite import SERIES_COLOURS, Spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from unikernel.model.measurement import Measurement, Measurements

SYSTEM_COLOURS = {"unikernel": "#0072b2", "linux": "#e69f00"}
DIRECTIONS = {"in": "to the guest", "out": "from the guest"}
PERCENTILES = {"p50": "median", "p90": "90 %", "p99": "99 %", "max": "worst"}
BAR_WIDTH = 0.62


@checked
def throughput(rows: object) -> Interactive:
    """Plot throughput over time and its whole-run bars, a panel pair for each direction.

    `rows` are what `measure.throughput` returns, or a list of these, or a dict of labels to them.
    Raises UsageError for anything else, MeasurementFailed when there is none in `rows`.
    """
    return of_systems(rows, "throughput", _throughput, throughput_spec)


def throughput_spec(rows: Measurements, title: str) -> Spec:
    """Return the specification alone, also of a run that is under way."""
    metrics = {row.metric.removesuffix(".interval") for row in rows}
    ways = {way: to for way, to in DIRECTIONS.items() if f"throughput.{way}" in metrics}
    return traffic.throughput(list(rows), ways, _labels(rows), title)


def _throughput(rows: Measurements) -> Figure:
    ways = [way for way in DIRECTIONS if _of(rows, f"throughput.{way}")]
    _require(ways, "throughput")
    figure = Figure(figsize=(10, 0.8 + 2.6 * len(ways)), layout="constrained")
    grid = figure.add_gridspec(len(ways), 2, width_ratios=(2, 1))
    for row, way in enumerate(ways):
        over_time, whole = figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1])
        _over_time(over_time, _of(rows, f"throughput.{way}.interval"))
        over_time.set_ylabel(f"{DIRECTIONS[way]}\nMiB/s")
        _bars(whole, _of(rows, f"throughput.{way}"), "MiB/s")
    over_time.set_xlabel("seconds")
    title(figure, _headline(rows, [f"throughput.{way}" for way in ways], "MiB/s"), rows)
    return figure


@checked
def http(rows: object) -> Interactive:
    """Plot requests per second as bars, and the percentiles of the time to an answer.

    `rows` are what `measure.http` returns, or a list of these, or a dict of labels to them. Raises
    UsageError for anything else, MeasurementFailed when there is none in `rows`.
    """
    return of_systems(rows, "http", _http, http_spec)


def http_spec(rows: Measurements, title: str) -> Spec:
    """Return the specification alone."""
    return traffic.http(list(rows), PERCENTILES, _labels(rows), title)


def _http(rows: Measurements) -> Figure:
    _require(_of(rows, "http.requests"), "http")
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _bars(left, _of(rows, "http.requests"), "requests/s")
    left.set_ylabel("requests/s")
    for system, colour in _systems(rows):
        medians = [
            statistics.median(_values(_of(rows, f"http.latency.{name}"), system))
            for name in PERCENTILES
        ]
        label = _label(rows, system)
        right.plot(list(PERCENTILES.values()), medians, "o-", color=colour, label=label)
    right.set_yscale("log")
    right.set_ylabel("time to the answer, ms")
    _plain(right)
    right.legend(frameon=False)
    title(figure, _headline(rows, ["http.requests"], "requests/s"), rows)
    return figure


@checked
def latency(rows: object) -> Interactive:
    """Plot how many of the pings were answered within a time.

    `rows` are what `measure.latency` returns, or a list of these, or a dict of labels to them.
    Raises UsageError for anything else, MeasurementFailed when there is none in `rows`.
    """
    return of_systems(rows, "latency", _latency, latency_spec)


def latency_spec(rows: Measurements, title: str) -> Spec:
    """Return the specification alone, also of pings that are under way."""
    return traffic.latency(list(rows), _labels(rows), title)


def _latency(rows: Measurements) -> Figure:
    pings = _of(rows, "latency.ping")
    _require(pings, "latency")
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.add_subplot()
    for system, colour in _systems(rows):
        values = sorted(_values(pings, system))
        shares = [100 * (number + 1) / len(values) for number in range(len(values))]
        label = f"{_label(pings, system)}  median {statistics.median(values):.3f} ms"
        axes.step(values, shares, where="post", color=colour, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("round trip, ms")
    axes.set_ylabel("% of pings")
    _plain(axes)
    axes.legend(frameon=False, loc="lower right")
    title(figure, _headline(rows, ["latency.ping"], "ms"), rows)
    return figure


def _of(rows: Iterable[Measurement], metric: str) -> list[Measurement]:
    return [row for row in rows if row.metric == metric]


def _require(found: object, what: str) -> None:
    if not found:
        raise MeasurementFailed(
            f"These rows hold no {what}.", hint=f"measure.{what}(image) takes some."
        )


def _systems(rows: Iterable[Measurement]) -> list[tuple[str, str]]:
    """Return the systems in the order they were measured, each with its colour."""
    names = dict.fromkeys(str(row.dimensions["system"]) for row in rows)
    return [
        (name, SYSTEM_COLOURS.get(name) or SERIES_COLOURS[place % len(SERIES_COLOURS)])
        for place, name in enumerate(names)
    ]


def _labels(rows: Measurements) -> dict[str, str]:
    """Return what systems are called in a picture, in the order they were measured."""
    return {name: series.short(_label(rows, name)) for name, _ in _systems(rows)}


def _label(rows: Iterable[Measurement], system: str) -> str:
    """Return how a system is called in a picture."""
    machines = {row.dimensions["machine"] for row in rows if row.dimensions["system"] == system}
    return f"{system} (namespace)" if "namespace" in machines else system


def _values(rows: Iterable[Measurement], system: str) -> list[float]:
    return [row.value for row in rows if row.dimensions["system"] == system]


def _over_time(axes: Axes, rows: list[Measurement]) -> None:
    """Draw every run thin and the median of all thick."""
    for system, colour in _systems(rows):
        runs: dict[int, list[tuple[float, float]]] = defaultdict(list)
        intervals: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for row in rows:
            if row.dimensions["system"] == system:
                point = (float(row.dimensions["second"] or 0), row.value)
                runs[row.sample].append(point)
                intervals[int(row.dimensions["interval"] or 0)].append(point)
        for points in runs.values():
            axes.plot(*zip(*points, strict=True), color=colour, lw=0.7, alpha=0.4)
        medians = [
            tuple(statistics.median(numbers) for numbers in zip(*points, strict=True))
            for _, points in sorted(intervals.items())
        ]
        label = _label(rows, system)
        axes.plot(*zip(*medians, strict=True), color=colour, lw=2, label=label)
    axes.set_ylim(bottom=0)
    _plain(axes)
    axes.legend(frameon=False, loc="lower right")


def _bars(axes: Axes, rows: list[Measurement], unit: str) -> None:
    """Draw each system's median as a bar, its samples as dots, and their range as a line."""
    for place, (system, colour) in enumerate(_systems(rows)):
        values = _values(rows, system)
        median = statistics.median(values)
        axes.bar(place, median, BAR_WIDTH, color=colour, alpha=0.75)
        axes.plot([place, place], [min(values), max(values)], color="#333333", lw=1.2)
        axes.plot([place] * len(values), values, "o", color="#333333", ms=3)
        axes.annotate(
            f"{median:,.0f}", (place, max(values)), (0, 4), textcoords="offset points", ha="center"
        )
    names = [_label(rows, system) for system, _ in _systems(rows)]
    axes.set_xticks(range(len(names)), names)
    axes.margins(y=0.15)
    axes.set_ylabel(unit)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#8883", lw=0.6)


def _headline(rows: Measurements, metrics: list[str], unit: str) -> str:
    """Return the medians of the first system, and their ratio to the second's."""
    names = [system for system, _ in _systems(rows)]
    ours = [statistics.median(_values(_of(rows, metric), names[0])) for metric in metrics]
    headline = f"{names[0]}: {' / '.join(f'{value:,.4g}' for value in ours)} {unit}"
    if len(names) == 1:
        return headline
    theirs = [statistics.median(_values(_of(rows, metric), names[1])) for metric in metrics]
    ratios = " / ".join(f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=True))
    return f"{headline}, {ratios} × {_label(rows, names[1])}"
