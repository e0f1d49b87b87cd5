"""One application on several targets, side by side."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model.calls.arguments import checked

from . import series
from .interactive import Interactive
from .specs import side_by_side
from .specs.vega_lite import SERIES_COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from unikernel.model.measurement import Measurement, Measurements

BAR_HEIGHT = 0.62
# What is compared, in the order it is drawn: heading, unit, and what a unit of the plot is worth.
METRICS: Mapping[str, tuple[str, str, float]] = {
    "size.image": ("image, stripped", "KiB", 1024),
    "boot.total": ("start to first line", "ms", 1),
    "throughput.in": ("TCP to the guest", "MiB/s", 1),
    "throughput.out": ("TCP from the guest", "MiB/s", 1),
    "http.requests": ("HTTP", "requests/s", 1),
    "latency.ping": ("ping", "ms", 1),
}


@checked
def targets(rows: object) -> Interactive:
    """Plot a panel for each metric in `rows`, and in it a bar for each target: its median.

    `rows` are sums or lists of what `measure.size`, `measure.boot`, `measure.throughput`,
    `measure.http` and `measure.latency` return for one application's images. Lines show the range
    of the samples.
    Raises UsageError for anything else, MeasurementFailed when nothing in `rows` can be compared.
    """
    table = series.gathered(rows, "boot")
    figure = _targets(table)
    metrics = {
        METRICS[metric][:2]: _values([row for row in table if row.metric == metric], worth)
        for metric, (_, _, worth) in METRICS.items()
        if any(row.metric == metric for row in table)
    }
    spec = side_by_side.spec(metrics, _colours(table), figure.get_suptitle())
    return Interactive(figure, spec, table)


def _colours(rows: Measurements) -> dict[str, str]:
    names = list(dict.fromkeys(map(_label, rows)))
    return {name: SERIES_COLOURS[number % len(SERIES_COLOURS)] for number, name in enumerate(names)}


def _values(rows: list[Measurement], worth: float) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for row in rows:
        values.setdefault(_label(row), []).append(row.value / worth)
    return values


def _targets(rows: Measurements) -> Figure:
    found = [metric for metric in METRICS if any(row.metric == metric for row in rows)]
    if not found:
        raise MeasurementFailed(
            "These rows hold nothing that targets are compared by.",
            hint="Add up what measure.size, measure.boot and measure.throughput return.",
        )
    colours = _colours(rows)
    across = 2 if len(found) == 4 else min(len(found), 3)
    down = -(-len(found) // across)
    figure = Figure(
        figsize=(3.8 * across, down * (0.9 + 0.42 * len(colours))), layout="constrained"
    )
    panels = figure.subplots(down, across, squeeze=False).flatten()
    for panel, metric in zip(panels, found, strict=False):
        _panel(panel, metric, [row for row in rows if row.metric == metric], colours)
    for unused in panels[len(found) :]:
        unused.set_visible(False)
    heading = (
        f"{' beside '.join(dict.fromkeys(str(row.dimensions['target']) for row in rows))}: medians"
    )
    figure.suptitle(heading, fontsize=11, x=0.01, ha="left")
    return figure


def _label(row: Measurement) -> str:
    """Return where a row was measured: target and accelerator, or the baseline beside them."""
    dimensions = row.dimensions
    target = str(dimensions["target"])
    if (system := dimensions.get("system", "unikernel")) != "unikernel":
        return f"{system}, beside {target}"
    return target


def _panel(axes: Axes, metric: str, rows: list[Measurement], colours: Mapping[str, str]) -> None:
    heading, unit, worth = METRICS[metric]
    values = _values(rows, worth)
    for y, (name, samples) in enumerate(values.items()):
        median = statistics.median(samples)
        axes.barh(y, median, BAR_HEIGHT, color=colours[name], alpha=0.8)
        axes.plot([min(samples), max(samples)], [y, y], color="#333333", lw=1.2)
        end = (max(samples), y)
        number = f"{median:,.0f}" if median >= 100 else f"{median:.3g}"
        axes.annotate(number, end, (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(values)), list(values))
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlim(left=0)
    axes.set_xlabel(unit)
    axes.set_title(heading, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
