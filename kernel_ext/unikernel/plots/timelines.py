"""Where the time of a boot goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model import targets
from unikernel.model.boot_phases import DOMAIN_PHASES, PHASES
from unikernel.model.calls.arguments import checked
from unikernel.model.dimensions import summary

from . import series
from .bars import label, stack
from .drawing import COLOURS, image_name, title
from .interactive import Interactive
from .specs import timelines
from .specs.timelines import Boots
from .specs.vega_lite import Spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from unikernel.model.measurement import Measurement, Measurements

NEAR = 0.01  # of a median: a difference that no one sees
SHORT_MS = 10.0  # a boot shorter than this is written with more digits
PHASE_COLOURS = dict(zip(PHASES, COLOURS, strict=False))  # the same on every target
_HOST_COLOURS = ("#dddddd", "#999999", *COLOURS[len(PHASES) :])
_BEFORE_THE_GUEST = [name for name in DOMAIN_PHASES if name not in PHASES]
PHASE_COLOURS |= dict(zip(_BEFORE_THE_GUEST, (*_HOST_COLOURS, "#666666", "#b0b0b0"), strict=False))
MEDIAN_Y, MEDIAN_HEIGHT, REPEAT_HEIGHT = 0.9, 1.4, 0.72


@checked
def boot(rows: object) -> Interactive:
    """Plot boot timelines: a stacked bar for each repeat, the median of each phase above them.

    `rows` are what `measure.boot` returns; or a machine that has booted; or a list of these, or a
    dict of labels to them, which are shown side by side: other memory, another machine type,
    another target, before a change and after it. Raises UsageError for anything else,
    MeasurementFailed when there is no boot in `rows`.
    """
    found = series.gathered(rows, "boot")
    boots = _boots(found)
    if not boots:
        raise MeasurementFailed("These rows hold no boot.", hint="measure.boot(image) takes some.")
    figure = Figure(figsize=(9, _height(boots)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(f"milliseconds since {_started(found)} was started")
    _draw_one(axes, boots[0]) if len(boots) == 1 else _draw_several(axes, boots)
    text = _title(boots, found, _started(found))
    title(figure, text, found)
    spec = boot_spec(found, "\n".join([text, summary(found), *_about_medians(boots)]))
    return Interactive(figure, spec, found, text=_in_words(boots, found))


def boot_spec(rows: Measurements, title: str) -> Spec:
    """Return the specification alone."""
    boots = _boots(rows)
    names = dict.fromkeys(name for one in boots for name in one.phases)
    colours = {name: PHASE_COLOURS.get(name, COLOURS[0]) for name in names}
    axis = f"milliseconds since {_started(rows)} was started"
    return timelines.spec(boots, title, colours, axis)


def _boots(rows: Measurements) -> list[Boots]:
    boots = [Boots(name, _phases(own)) for name, own in series.names(rows).items()]
    return [one for one in boots if one.phases]


def _started(rows: Measurements) -> str:
    """Return what was started, in words: QEMU, the process."""
    started = {str(row.dimensions.get("target")) for row in rows}
    words = {targets.TARGETS.get(name, targets.VIRTIO).started for name in started}
    return " or ".join(sorted(words))


def _title(boots: list[Boots], rows: Measurements, what: str) -> str:
    if len(boots) == 1:
        total_ms = boots[0].total_ms
        total = f"{total_ms:.{2 if total_ms < SHORT_MS else 0}f} ms"
        return f"{image_name(rows)}: {total} from {what}'s start to the first line"
    totals = [one.total_ms for one in boots]
    spread = f"{min(totals):.3g} to {max(totals):.3g} ms"
    return f"{image_name(rows)}: {spread} from {what}'s start to the first line"


def _in_words(boots: list[Boots], rows: Measurements) -> str:
    """Return what a terminal shows of several series; "", which is the title, of one."""
    if len(boots) == 1:
        return ""
    totals = [f"{one.label} {one.total_ms:.3g} ms" for one in boots]
    return f"{image_name(rows)}, to the first line: {'; '.join(totals)}\n{summary(rows)}"


def _about_medians(boots: list[Boots]) -> list[str]:
    """Return what to say where a bar is not as long as the number that stands for it."""
    if all(abs(sum(one.medians_ms.values()) - one.total_ms) < NEAR * one.total_ms for one in boots):
        return []
    return ["A bar is the medians of phases, which need not add up to the median boot, its number."]


def _height(boots: list[Boots]) -> float:
    if len(boots) == 1:
        return 2.4 + 0.22 * len(boots[0].samples)
    return 1.8 + 0.4 * len(boots)


def _draw_one(axes: Axes, boots: Boots) -> None:
    """Draw a bar for each repeat and the median above them."""
    colours = [PHASE_COLOURS.get(name, COLOURS[0]) for name in boots.phases]
    medians = boots.medians_ms
    digits = 2 if sum(medians.values()) < SHORT_MS else 1
    for position, sample in enumerate(boots.samples):
        parts = {name: values.get(sample, 0.0) for name, values in boots.phases.items()}
        stack(axes, -position - 1, parts, REPEAT_HEIGHT, colours)
    label(axes, stack(axes, MEDIAN_Y, medians, MEDIAN_HEIGHT, colours), digits)
    count = len(boots.samples)
    axes.set_yticks([MEDIAN_Y, *(-position - 1 for position in range(count))])
    axes.set_yticklabels(["median", *(str(number) for number in range(1, count + 1))])
    axes.set_ylabel("boot")
    axes.margins(y=0.02)
    _legend(axes, [f"{name}  {value:.{digits}f} ms" for name, value in medians.items()])


def _draw_several(axes: Axes, boots: list[Boots]) -> None:
    """Draw the medians of each series, and a line from its shortest boot to its longest."""
    drawn: dict[str, None] = {}
    for position, one in enumerate(boots):
        medians = one.medians_ms
        colours = [PHASE_COLOURS.get(name, COLOURS[0]) for name in medians]
        middles = stack(axes, -position, medians, REPEAT_HEIGHT, colours)
        label(axes, middles, 2 if sum(medians.values()) < SHORT_MS else 1)
        ends = [min(one.totals_ms), max(one.totals_ms)]
        foot = -position - REPEAT_HEIGHT / 2 + 0.08  # numbers are in the middle
        axes.plot(ends, [foot, foot], color="#666", lw=2)
        end = max(*ends, sum(medians.values()))
        axes.text(end, -position, f" {one.total_ms:.3g} ms", va="center", fontsize=9)
        drawn |= dict.fromkeys(medians)
    axes.margins(x=0.12)
    axes.set_yticks([-position for position in range(len(boots))])
    axes.set_yticklabels([one.label for one in boots])
    for name in drawn:
        axes.barh(0, 0, color=PHASE_COLOURS.get(name, COLOURS[0]), label=name)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def _legend(axes: Axes, labels: list[str]) -> None:
    axes.legend(
        labels,
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        title="median of",
        alignment="left",
    )


def _phases(rows: Iterable[Measurement]) -> dict[str, dict[int, float]]:
    """Return the milliseconds of each sample by phase, phases in the order they happen."""
    phases: dict[str, dict[int, float]] = {}
    for row in rows:
        name = series.short(row.metric.removeprefix("boot."))
        if row.metric.startswith("boot.") and name != "total":
            phases.setdefault(name, {})[row.sample] = row.value
    return phases
