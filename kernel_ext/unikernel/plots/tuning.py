"""How a tuning went: every measurement in its order, and which axes decided what is best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.calls.arguments import checked
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.settings import key, label, labels
from unikernel.model.exploration.tuned import Tuned
from unikernel_toolchain.messages.visible import visible

from . import series
from .drawing import COLOURS, name_ticks, plain, title
from .interactive import Interactive
from .specs import tuning as specs
from .specs.tuning import Mark, Panels, Scale, Slice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from unikernel.model.exploration.tuned import Trial

MOST_SLICES = 5
MEASURED, BEST, FAILED = COLOURS[6], COLOURS[7], "#777777"
ACROSS = 3


@checked
def tuning(found: object) -> Interactive:
    """Plot how a tuning went, and what each axis does where it looked.

    `found` is what `uk.tune` returns. The first panel has every measurement in its order, the line
    the best until then, crosses what failed; bars are the axes' importances; a panel an axis has
    the measurements by its values, those of the best setting in another colour. Raises UsageError
    for anything else, MeasurementFailed when nothing was measured.
    """
    if isinstance(found, Found):
        raise UsageError("This plot is of a tuning, not of a sweep.", hint="uk.plots.sweep(found)")
    if not isinstance(found, Tuned):
        raise UsageError(
            f"This plot is of a tuning, not of {type(found).__name__} {visible(repr(found)[:40])}.",
            hint="found = uk.tune(what, program, axes); uk.plots.tuning(found)",
        )
    if not any(trial.value is not None for trial in found.trials):
        raise MeasurementFailed("No setting of this tuning was measured: there is nothing to plot.")
    marks = _marks(found)
    slices = [_slice(found, marks, axis) for axis in _axes(found)]
    bars = [(series.short(name), part) for name, part in found.importances.items()]
    what = f"{found.metric}, {found.unit}" if found.unit else found.metric
    scale = specs.scale_of(marks, rising=found.goal == "max")
    panels = specs.Panels(marks, slices, bars, what, scale)
    figure = _figure(panels)
    title(figure, _title(found), found.rows)
    spec = specs.spec(panels, figure.get_suptitle())
    return Interactive(figure, spec, [_row(trial) for trial in found.trials])


def _title(found: Tuned) -> str:
    seen = f"{len(found.points):,} of {found.settings:,} settings"
    text = f"{found.subject}: {found.metric} of {seen}"
    if found.failed:
        text += f", of which {len(found.failed):,} failed"
    if not found.sound:
        return series.short(text, 110)
    best = ", ".join(f"{name}={value}" for name, value in found.best().labels.items())
    return f"{series.short(text, 110)}. Best: {series.short(best, 110)}"


def _marks(found: Tuned) -> list[Mark]:
    best = key(found.best().settings) if found.sound else None
    marks: list[Mark] = []
    until: float | None = None
    better = max if found.goal == "max" else min
    for trial in found.trials:
        if trial.value is not None:
            until = trial.value if until is None else better(until, trial.value)
        marks.append(
            Mark(
                number=trial.number,
                value=trial.value,
                until=until,
                is_best=key(trial.settings) == best,
                settings=series.short(_words(trial), 200),
            )
        )
    return marks


def _words(trial: Trial) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels(trial.settings).items())


def _axes(found: Tuned) -> list[str]:
    """Return the axes that are drawn: those of several values, the most important first."""
    order = [*found.importances, *(name for name in found.axes if name not in found.importances)]
    return [name for name in order if len(found.axes[name]) > 1][:MOST_SLICES]


def _slice(found: Tuned, marks: Sequence[Mark], axis: str) -> Slice:
    values = found.axes[axis]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        values = tuple(sorted(values, key=lambda one: float(str(one))))
    names = [series.short(str(label(value))) for value in values]
    places = {key({axis: value}): names[place] for place, value in enumerate(values)}
    points = [
        (places[key({axis: trial.settings[axis]})], mark)
        for trial, mark in zip(found.trials, marks, strict=True)
    ]
    return Slice(series.short(axis), names, points)


def _row(trial: Trial) -> dict[str, object]:
    return {
        "trial": trial.number,
        **labels(trial.settings),
        "sample": trial.sample,
        "value": trial.value,
        "failed": trial.failure.line if trial.failure else "",
    }


def _figure(panels: Panels) -> Figure:
    count = 1 + bool(panels.bars) + len(panels.slices)
    across = min(count, ACROSS)
    down = -(-count // across)
    figure = Figure(figsize=(4.4 * across, 0.7 + 3.2 * down), layout="constrained")
    places = list(figure.subplots(down, across, squeeze=False).flatten())
    _draw_history(places.pop(0), panels.marks, panels.scale, panels.what)
    if panels.bars:
        _draw_bars(places.pop(0), panels.bars)
    for one in panels.slices:
        _draw_slice(places.pop(0), one, panels.scale, panels.what)
    for unused in places:
        unused.set_visible(False)
    return figure


def _draw_history(axes: Axes, marks: Sequence[Mark], scale: Scale, what: str) -> None:
    known = [mark for mark in marks if mark.until is not None]
    line = [mark.until or 0.0 for mark in known]
    axes.step([m.number for m in known], line, where="post", lw=1.2, color=MEASURED)
    _points(axes, [(float(mark.number), mark) for mark in marks], scale)
    axes.set_xlabel("measurement")
    _finish(axes, scale, what)
    axes.legend(fontsize=7, frameon=False)


def _draw_slice(axes: Axes, one: Slice, scale: Scale, what: str) -> None:
    places = {name: float(place) for place, name in enumerate(one.values)}
    _points(axes, [(places[name], mark) for name, mark in one.points], scale)
    name_ticks(axes, one.values)
    axes.set_xlabel(plain(one.axis))
    _finish(axes, scale, what)


def _points(axes: Axes, marks: Sequence[tuple[float, Mark]], scale: Scale) -> None:
    groups = (
        ("measured", MEASURED, "o", lambda m: m.value is not None and not m.is_best),
        ("the best setting", BEST, "D", lambda m: m.value is not None and m.is_best),
        ("failed", FAILED, "x", lambda m: m.value is None),
    )
    for name, colour, marker, chosen in groups:
        own = [(x, m.value if m.value is not None else scale.edge) for x, m in marks if chosen(m)]
        if own:
            xs, ys = zip(*own, strict=True)
            axes.scatter(xs, ys, s=18, color=colour, marker=marker, alpha=0.8, label=name)


def _finish(axes: Axes, scale: Scale, what: str) -> None:
    room = 0.05 * (scale.most - scale.least) or 1.0
    axes.set_ylim(scale.least - room, scale.most + room)
    axes.set_ylabel(plain(what), fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_bars(axes: Axes, bars: Sequence[tuple[str, float]]) -> None:
    for y, (_, part) in enumerate(bars):
        axes.barh(y, part, 0.62, color=COLOURS[1], alpha=0.8)
        axes.annotate(f"{part:.0%}", (part, y), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(bars)), [plain(name) for name, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(part for _, part in bars))
    axes.set_xlabel("decides what is among the best")
    axes.spines[["top", "right"]].set_visible(False)
