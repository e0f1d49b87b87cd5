"""How a disk was read and written: speeds of systems side by side, and how latencies spread."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model.calls.arguments import checked

from . import series
from .drawing import image_name, title
from .interactive import Interactive, of_systems
from .specs import disks as specs
from .specs.vega_lite import SERIES_COLOURS, Spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from unikernel.model.measurement import Measurement, Measurements

BAR_HEIGHT = 0.38
RANDOM = "rand"
KIB = 1024
BELOW = (0.4, -0.16)  # of a panel, in parts of it
LINES = ("-", "--")  # of systems
PARTS = {"one after the other": "MiB/s", "anywhere": "requests/s"}


@checked
def block(rows: object) -> Interactive:
    """Plot the requests or mebibytes a second of each job, a bar for each system, and latencies.

    `rows` are what `measure.block` returns, or a list of these, or a dict of labels to them. Bars
    are medians, lines the range of the samples, and the number behind a baseline's bar is how many
    times its median the unikernel's is. Raises UsageError for anything else, MeasurementFailed when
    nothing was measured.
    """
    return of_systems(rows, "block", _block, block_spec)


def block_spec(rows: Measurements, title: str) -> Spec:
    """Return the specification alone."""
    speeds = [row for row in rows if row.metric.startswith("block.") and _is_shown(row)]
    parts = {
        (label, unit): samples
        for label, unit in PARTS.items()
        if (samples := _samples(row for row in speeds if row.unit == unit))
    }
    latencies = [row for row in rows if _is_latency(row) and row.dimensions["percentile"] != 100.0]
    return specs.spec(parts, _samples(latencies), title)


def _samples(rows: Iterable[Measurement]) -> list[specs.Samples]:
    """Return the rows of each system, job and percentile together."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for row in rows:
        percentile = row.dimensions.get("percentile")
        shown = "" if percentile is None else f"{percentile:g}"
        system = series.short(str(row.dimensions["system"]))
        found.setdefault((system, _job(row), shown), []).append(row.value)
    return [
        specs.Samples(system, job, values, percentile)
        for (system, job, percentile), values in found.items()
    ]


def _block(rows: Measurements) -> Figure:
    speeds = [row for row in rows if row.metric.startswith("block.") and _is_shown(row)]
    if not speeds:
        raise MeasurementFailed("These rows hold nothing of a disk: measure.block returns some.")
    spread = [row for row in rows if _is_latency(row)]
    parts = [
        (label, unit, found)
        for label, unit in PARTS.items()
        if (found := [row for row in speeds if row.unit == unit])
    ]
    across = len(parts) + bool(spread)
    figure = Figure(figsize=(4.6 * across, 3.8), layout="constrained")
    panels = list(figure.subplots(1, across, squeeze=False).flatten())
    for panel, (label, unit, found) in zip(panels, parts, strict=False):
        _bars(panel, label, unit, found)
    if spread:
        _latencies(panels[-1], spread)
    title(figure, f"{image_name(rows)}: reading and writing a disk", rows)
    return figure


def _is_latency(row: Measurement) -> bool:
    return row.metric.startswith(f"block.{RANDOM}") and row.metric.endswith(".latency")


def _is_shown(row: Measurement) -> bool:
    """Whether it is the figure of its job: requests of random ones, bytes of others."""
    if row.metric.endswith(".latency"):
        return False
    return row.metric.endswith(".iops") == row.metric.startswith(f"block.{RANDOM}")


def _job(row: Measurement) -> str:
    kind = row.metric.split(".")[1].removeprefix(RANDOM)
    size = int(str(row.dimensions["request_bytes"]))
    text = f"{size // KIB} KiB" if size % KIB == 0 else f"{size} B"
    return f"{kind} {text}, {row.dimensions['depth']} at once"


def _bars(axes: Axes, label: str, unit: str, rows: list[Measurement]) -> None:
    jobs = list(dict.fromkeys(map(_job, rows)))
    systems = list(dict.fromkeys(str(row.dimensions["system"]) for row in rows))
    medians: dict[tuple[str, str], float] = {}
    for number, system in enumerate(systems):
        for place, job in enumerate(jobs):
            values = [
                row.value for row in rows if _job(row) == job and row.dimensions["system"] == system
            ]
            if not values:
                continue
            y = place + (number - (len(systems) - 1) / 2) * BAR_HEIGHT
            median = medians[system, job] = statistics.median(values)
            colour = SERIES_COLOURS[number % len(SERIES_COLOURS)]
            name = system if place == 0 else None
            axes.barh(y, median, BAR_HEIGHT * 0.9, color=colour, label=name)
            axes.plot([min(values), max(values)], [y, y], color="#333333", lw=1.2)
            first = medians.get((systems[0], job), 0.0)
            ratio = f" ({first / median:.2f}×)" if number and median else ""
            end = (max(values), y)
            axes.annotate(
                f"{median:,.0f}{ratio}", end, (4, 0), textcoords="offset points", va="center"
            )
    axes.set_yticks(range(len(jobs)), jobs)
    axes.invert_yaxis()
    axes.margins(x=0.35)
    axes.set_xlim(left=0)
    axes.set_xlabel(unit)
    axes.set_title(label, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if len(systems) > 1:
        axes.legend(fontsize=8, frameon=False, ncol=2, loc="upper center", bbox_to_anchor=BELOW)


def _latencies(axes: Axes, rows: list[Measurement]) -> None:
    """Draw for each system and random job how long the quicker part of requests took at most."""
    curves: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows:
        if row.dimensions["percentile"] == 100.0:
            continue
        curve = curves.setdefault((str(row.dimensions["system"]), _job(row)), {})
        curve.setdefault(f"{row.dimensions['percentile']:g}", []).append(max(row.value, 0.1))
    systems = list(dict.fromkeys(system for system, _ in curves))
    jobs = list(dict.fromkeys(job for _, job in curves))
    for (system, job), curve in curves.items():
        medians = [statistics.median(values) for values in curve.values()]
        colour = SERIES_COLOURS[jobs.index(job) % len(SERIES_COLOURS)]
        style = LINES[systems.index(system) % len(LINES)]
        name = job if len(systems) == 1 else f"{system}: {job}"
        axes.plot(list(curve), medians, style, marker="o", ms=3, lw=1.2, color=colour, label=name)
    axes.set_yscale("log")
    axes.set_xlabel("percent of requests")
    axes.set_ylabel("µs at most")
    axes.set_title("latency", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
