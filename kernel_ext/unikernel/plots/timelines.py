"""Where the time of a boot goes."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model import targets
from unikernel.model.boot_phases import DOMAIN_PHASES, PHASES

from .bars import label, stack
from .drawing import COLOURS, image_name, title

if TYPE_CHECKING:
    from unikernel.model.measurement import Measurements

SHORT_MS = 10.0  # a boot shorter than this is written with more digits
PHASE_COLOURS = dict(zip(PHASES, COLOURS, strict=False))  # the same on every target
_HOST_COLOURS = ("#dddddd", "#999999", *COLOURS[len(PHASES) :])
_BEFORE_THE_GUEST = [name for name in DOMAIN_PHASES if name not in PHASES]
PHASE_COLOURS |= dict(zip(_BEFORE_THE_GUEST, (*_HOST_COLOURS, "#666666", "#b0b0b0"), strict=False))
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
        stack(axes, -position - 1, parts, REPEAT_HEIGHT, colours)
    label(axes, stack(axes, MEDIAN_Y, medians, MEDIAN_HEIGHT, colours), digits)
    axes.set_yticks([MEDIAN_Y, *(-position - 1 for position in range(len(samples)))])
    axes.set_yticklabels(["median", *(str(number) for number in range(1, len(samples) + 1))])
    what = targets.TARGETS.get(found[0], targets.VIRTIO).started
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
