"""What each axis of a sweep does, and how much of all change is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed, UsageError, did_you_mean
from unikernel.model.calls.arguments import checked
from unikernel.model.exploration import effects
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.tuned import Tuned
from unikernel_toolchain.messages.visible import visible

from . import series
from .drawing import name_ticks, plain, title
from .interactive import Interactive
from .specs import sweeps as specs
from .specs.sweeps import Line, Panel
from .specs.vega_lite import SERIES_COLOURS

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from matplotlib.axes import Axes

MOST_LINES = 6  # of a panel; an axis with more values is nobody's partner
MOST_PANELS = 6
MOST_SHARES = 8
MARKERS = "osD^vP"


@checked
def sweep(found: object, metric: str | None = None) -> Interactive:
    """Plot what each axis of a sweep does to a metric, and how much of all change is its own.

    `found` is what `uk.sweep` returns; `metric` one of its metrics, by default that which stands
    for the measurement. A panel an axis shows medians, a line for each value of the axis that it
    interacts with most, and the range of the samples. Bars are shares of the variance. Raises
    UsageError for anything else, MeasurementFailed when nothing was measured.
    """
    if isinstance(found, Tuned):
        raise UsageError("This plot is of a sweep, not of a tuning.", hint="uk.plots.tuning(found)")
    if not isinstance(found, Found):
        raise UsageError(
            f"This plot is of a sweep, not of {type(found).__name__} {visible(repr(found)[:40])}.",
            hint="found = uk.sweep(what, program, axes); uk.plots.sweep(found)",
        )
    units = found.units()
    if not units:
        raise MeasurementFailed("No point of this sweep was measured: there is nothing to plot.")
    name = metric or found.headlines()[0]
    if name not in units:
        raise UsageError(f"This sweep has no {name!r}.", hint=did_you_mean(name, units))
    shares = effects.shares(found, name)
    panels = _panels(found, name, shares)
    bars = [
        (_share_name(one), one.part)
        for one in shares[:MOST_SHARES]
        if one.part >= effects.WORTH_SAYING or len(one.axes) == 1
    ]
    figure = _figure(panels, bars, f"{name}, {units[name]}")
    title(figure, _title(found, name), found.rows)
    spec = specs.spec(panels, bars, f"{name}, {units[name]}", figure.get_suptitle())
    table = found.to_frame().to_dict("records")
    return Interactive(figure, spec, [{str(k): v for k, v in row.items()} for row in table])


def _title(found: Found, name: str) -> str:
    text = f"{found.subject}: {name} at {len(found.points):,} points"
    if found.failed:
        text += f", of which {len(found.failed):,} failed"
    return f"{series.short(text, 100)}. Medians; a thin line is the range of a point's samples."


def _share_name(share: effects.Share) -> str:
    return series.short(" × ".join(share.axes) or "noise, and the rest")


def _panels(found: Found, name: str, shares: Sequence[effects.Share]) -> list[Panel]:
    """Return what is drawn: of each axis that was varied, of several values."""
    varied = effects.varied(found) or list(found.axes)[:1]
    few = [axis for axis in varied if len(found.axes[axis]) <= MOST_LINES]
    panels = []
    for axis in varied[:MOST_PANELS]:
        others = [other for other in few if other != axis]
        partner = effects.partner(shares, axis, others)
        panels.append(_panel(found, name, axis, partner))
    return panels


def _panel(found: Found, name: str, axis: str, partner: str | None) -> Panel:
    places = {value: place for place, value in enumerate(effects.values_of(found, axis))}
    numbers = [value for value in places if isinstance(value, int | float)]
    is_number = len(numbers) == len(places) and not any(isinstance(v, bool) for v in places)
    lines: dict[str, list[effects.Level]] = {}
    for level in effects.levels(found, name, [axis, partner] if partner else [axis]):
        of = f"{partner} = {series.short(str(level.value[1]))}" if partner else name
        lines.setdefault(of, []).append(level)
    order = (lambda level: level.value[0]) if is_number else (lambda level: places[level.value[0]])
    return Panel(
        axis=series.short(axis),
        is_number=is_number,
        is_log=is_number and min(numbers) > 0 and max(numbers) >= specs.SPREAD * min(numbers),
        values=[_shown(value, is_number=is_number) for value in places],
        lines=[
            Line(series.short(of), [_point(one, is_number) for one in sorted(own, key=order)])
            for of, own in lines.items()
        ],
    )


def _shown(value: Hashable, *, is_number: bool) -> float | str:
    return value if is_number and isinstance(value, int | float) else series.short(str(value))


def _point(level: effects.Level, is_number: bool) -> tuple[float | str, float, float, float, int]:
    samples = level.samples or (level.median,)
    value = _shown(level.value[0], is_number=is_number)
    return (value, level.median, min(samples), max(samples), len(level.samples))


def _figure(panels: Sequence[Panel], bars: Sequence[tuple[str, float]], what: str) -> Figure:
    count = len(panels) + bool(bars)
    across = min(count, 3)
    down = -(-count // across)
    figure = Figure(figsize=(4.4 * across, 0.7 + 3.2 * down), layout="constrained")
    places = list(figure.subplots(down, across, squeeze=False).flatten())
    for axes, panel in zip(places, panels, strict=False):
        _draw(axes, panel, what)
        if specs.is_log(panels):
            axes.set_yscale("log")
        axes.set_ylim(*specs.bounds(panels))
    if bars:
        _draw_shares(places[len(panels)], bars)
    for unused in places[count:]:
        unused.set_visible(False)
    return figure


def _draw(axes: Axes, panel: Panel, what: str) -> None:
    places: dict[float | str, float] = {value: n for n, value in enumerate(panel.values)}
    for number, line in enumerate(panel.lines):
        colour, marker = (
            SERIES_COLOURS[number % len(SERIES_COLOURS)],
            MARKERS[number % len(MARKERS)],
        )
        x = [v if isinstance(v, float | int) and panel.is_number else places[v]
             for v, *_ in line.points]  # fmt: skip
        medians = [median for _, median, *_ in line.points]
        axes.plot(x, medians, marker=marker, ms=4, lw=1.4, color=colour, label=plain(line.name))
        for place, (_, _, least, most, _) in zip(x, line.points, strict=True):
            axes.plot([place, place], [least, most], color=colour, lw=0.8, alpha=0.6)
    if panel.is_log:
        axes.set_xscale("log")
    if panel.is_number and len(panel.values) <= 8:
        axes.set_xticks([float(v) for v in panel.values], [f"{v:g}" for v in panel.values])
        axes.minorticks_off()
    elif not panel.is_number:
        name_ticks(axes, [str(value) for value in places])
    axes.set_xlabel(plain(panel.axis))
    axes.set_ylabel(plain(what), fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if len(panel.lines) > 1:
        axes.legend(fontsize=7, frameon=False)


def _draw_shares(axes: Axes, bars: Sequence[tuple[str, float]]) -> None:
    for y, (_, part) in enumerate(bars):
        axes.barh(y, part, 0.62, color=SERIES_COLOURS[0], alpha=0.8)
        axes.annotate(f"{part:.0%}", (part, y), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(bars)), [plain(name) for name, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(part for _, part in bars))
    axes.set_xlabel("part of the variance")
    axes.spines[["top", "right"]].set_visible(False)
