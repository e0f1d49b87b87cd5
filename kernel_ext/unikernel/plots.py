"""Plots of measurements."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from . import network_plots, process_command
from .drawing import BLUE, COLOURS, GREEN, image_name, save, title
from .errors import MeasurementFailed
from .network_plots import http, latency, throughput
from .target_plots import targets
from .timeline import PHASES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from .measurement import Measurements

__all__ = ["boot", "http", "latency", "save", "size", "targets", "throughput"]

LARGEST = 12
NARROW = 0.055  # of the width; a narrower segment has no room for its number
SHORT_MS = 10.0  # a boot shorter than this is written with more digits
PHASE_COLOURS = dict(zip(PHASES, COLOURS, strict=False))  # the same on every target
MEDIAN_Y, MEDIAN_HEIGHT, REPEAT_HEIGHT = 0.9, 1.4, 0.72


def boot(rows: Measurements) -> Figure:
    """Draw boot timelines: a stacked bar for each repeat, the median of each phase above them.

    Takes what `measure.boot` returns. Raises MeasurementFailed when there is no boot in `rows`, or
    boots of several targets.
    """
    phases = _phases(rows)
    if not phases:
        raise MeasurementFailed("These rows hold no boot.", hint="measure.boot(image) takes some.")
    found = sorted({str(row.dimensions.get("target")) for row in rows})
    if len(found) > 1:
        raise MeasurementFailed(
            f"These rows hold boots of several targets: {', '.join(found)}.",
            hint="plots.targets(rows) draws targets side by side.",
        )
    total_ms = rows.median("boot.total")
    digits = 2 if total_ms < SHORT_MS else 1
    colours = [PHASE_COLOURS.get(name, COLOURS[0]) for name in phases]
    samples = sorted({sample for values in phases.values() for sample in values})
    medians = {name: statistics.median(values.values()) for name, values in phases.items()}
    figure = Figure(figsize=(9, 2.4 + 0.22 * len(samples)), layout="constrained")
    axes = figure.add_subplot()
    for position, sample in enumerate(samples):
        parts = {name: values.get(sample, 0.0) for name, values in phases.items()}
        _stack(axes, -position - 1, parts, REPEAT_HEIGHT, colours)
    _label(axes, _stack(axes, MEDIAN_Y, medians, MEDIAN_HEIGHT, colours), digits)
    axes.set_yticks([MEDIAN_Y, *(-position - 1 for position in range(len(samples)))])
    axes.set_yticklabels(["median", *(str(number) for number in range(1, len(samples) + 1))])
    what = "the process" if found == [process_command.TARGET] else "QEMU"
    axes.set_xlabel(f"milliseconds since {what} was started")
    axes.set_ylabel("boot")
    axes.margins(y=0.02)
    axes.legend(
        [f"{name}  {value:.{digits}f} ms" for name, value in medians.items()],
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        title="median of",
        alignment="left",
    )
    total = f"{total_ms:.{2 if total_ms < SHORT_MS else 0}f} ms"
    title(figure, f"{image_name(rows)}: {total} from {what}'s start to the first line", rows)
    return figure


def _phases(rows: Measurements) -> dict[str, dict[int, float]]:
    """Return the milliseconds of each sample by phase, phases in the order they happen."""
    phases: dict[str, dict[int, float]] = {}
    for row in rows:
        name = row.metric.removeprefix("boot.")
        if row.metric.startswith("boot.") and name != "total":
            phases.setdefault(name, {})[row.sample] = row.value
    return phases


def _stack(
    axes: Axes,
    y: float,
    parts: Mapping[str, float],
    height: float,
    colours: Sequence[str] = COLOURS,
) -> list[tuple[float, float, float]]:
    """Draw parts one after the other; return where the middle of each is, and its width."""
    left, middles = 0.0, []
    for position, width in enumerate(parts.values()):
        colour = colours[position % len(colours)]
        axes.barh(y, width, left=left, height=height, color=colour, ec="white", lw=0.5)
        middles.append((left + width / 2, y, width))
        left += width
    axes.spines[["top", "right"]].set_visible(False)
    return middles


def _label(axes: Axes, middles: list[tuple[float, float, float]], digits: int = 1) -> None:
    """Write each segment's number into it, where it fits."""
    total = sum(width for _, _, width in middles)
    for x, y, width in middles:
        if width >= NARROW * total:
            axes.text(x, y, f"{width:.{digits}f}", ha="center", va="center", fontsize=9)


def size(rows: Measurements) -> Figure:
    """Draw what an image is made of: sections, packages, and the largest modules.

    Takes what `measure.size` returns. Raises MeasurementFailed when there is no size in `rows`.
    """
    sections, packages, modules = (_sizes(rows, kind) for kind in ("section", "package", "module"))
    if not sections:
        raise MeasurementFailed("These rows hold no size.", hint="measure.size(image) takes some.")
    longest = min(max(len(packages), len(modules)), LARGEST)
    figure = Figure(figsize=(10, 2.6 + 0.26 * longest), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 1 + 0.7 * longest))
    top, left, right = (figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1]))
    kib = {name: size_bytes / 1024 for name, size_bytes in sections.items()}
    _label(top, _stack(top, 0, kib, 0.8))
    top.set_yticks([])
    top.set_xlabel("KiB")
    top.legend(
        [f"{name}  {_amount(size_bytes)}" for name, size_bytes in sections.items()],
        loc="lower left",
        bbox_to_anchor=(0, 1.02),
        ncols=6,
        frameon=False,
        fontsize=9,
    )
    _ranking(left, packages, "by package", BLUE)
    _ranking(right, modules, "largest modules", GREEN)
    memory, disk = sum(sections.values()), rows.median("size.image")
    title(figure, f"{image_name(rows)}: {disk:,.0f} bytes on disk, {memory:,.0f} in memory", rows)
    return figure


def _sizes(rows: Measurements, kind: str) -> dict[str, float]:
    prefix = f"size.{kind}."
    return {
        row.metric.removeprefix(prefix): row.value for row in rows if row.metric.startswith(prefix)
    }


def _amount(size_bytes: float) -> str:
    return f"{size_bytes:.0f} B" if size_bytes < 100 else f"{size_bytes / 1024:,.1f} KiB"


def _ranking(axes: Axes, sizes: Mapping[str, float], heading: str, colour: str) -> None:
    """Draw the largest entries as bars, each with its number; the heading counts the rest."""
    ranked = sorted(sizes.items(), key=lambda entry: -entry[1])
    shown = dict(ranked[:LARGEST])
    rest = ranked[LARGEST:]
    if rest:
        heading += f" ({len(rest)} more: {sum(value for _, value in rest) / 1024:,.1f} KiB)"
    kib = [value / 1024 for value in shown.values()]
    bars = axes.barh(range(len(shown)), kib, color=colour, height=0.75)
    axes.bar_label(bars, [f"{value:,.1f}" for value in kib], padding=3, fontsize=9)
    axes.set_yticks(range(len(shown)), list(shown), fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("KiB")
    axes.set_title(heading, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


FIGURES: Mapping[str, Callable[[Measurements], Figure]] = {
    "boot": boot,
    "size": size,
    **network_plots.FIGURES,
}
