"""What a tuning says of itself: the best first, what mattered, and how sure that is."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from unikernel.exploration.reporting import failures
from unikernel.exploration.reporting.numbers import number
from unikernel.model.dimensions import summary
from unikernel.model.exploration.points import Point
from unikernel.model.exploration.tuned import Tuned
from unikernel.model.measurement import Measurements
from unikernel.render.results import Table

SHOWN_POINTS = 10
F = TypeVar("F", bound=Tuned)


def with_notes(found: F, dropped: int) -> F:
    """Return a tuning with notes on what was found, and how sure that is."""
    return replace(found, notes=tuple(_notes(found, dropped)))


def _notes(found: Tuned, dropped: int) -> Iterator[str]:
    if not found.complete:
        yield f"Not finished: {len(found.trials)} of {found.at_most} measurements were taken."
    if not found.sound:
        yield "No setting was measured without a failure, so none is the best."
        return
    yield (
        f"Best of {len(found.points)} of {found.settings:,} settings in {len(found.trials)} "
        f"measurements, by the {least_or_most(found)} {found.metric}: {found.best().where}."
    )
    yield from _doubts(found)
    if found.importances:
        parts = ", ".join(f"{name} {part:.0%}" for name, part in found.importances.items())
        yield f"What decided whether a setting is among the best: {parts}."
    elif found.is_flat and len(found.axes) > 1:
        yield "Which axis matters is not to be told: most settings may be as good as the best."
    if failed := len(found.failed):
        yield f"{failed} setting{'s' * (failed > 1)} failed, and {_are(failed)} never the best."
    if dropped:
        yield f"{dropped} warm-up measurement{'s' * (dropped > 1)} dropped."


def _are(count: int) -> str:
    return "are" if count > 1 else "is"


def least_or_most(found: Tuned) -> str:
    """Return which value of the metric is best."""
    return "most" if found.goal == "max" else "least"


def _doubts(found: Tuned) -> Iterator[str]:
    """Yield how much samples scatter, and how many settings may be as good as the best."""
    near = len(found.indistinguishable)
    if found.scatter:
        same = f"; {near} more setting{'s' * (near > 1)} cannot be told from it" if near else ""
        yield f"Samples of one setting scatter by {found.scatter:.1%}{same}."
    elif near:
        yield f"{near} more setting{'s' * (near > 1)} {_are(near)} as good."


def table(found: Tuned, most: int) -> Table:
    """Return a line a setting, the best first: median and range, samples, why it failed."""
    headings = [
        *(f"{name}>" if _is_number(found, name) else name for name in found.axes),
        f"{least_or_most(found)} {found.metric}, {found.unit}".removesuffix(", ") + ">",
        "SAMPLES>",
        *(["FAILED"] if found.failed else []),
    ]
    points = _in_order(found)
    rows = tuple(_row(found, point, len(headings)) for point in points[:most])
    notes = list(found.notes)
    if len(points) > most:
        notes.insert(0, f"{len(points) - most:,} more settings in .to_frame().")
    if where := summary(Measurements(next(iter(p.rows)) for p in points if len(p.rows))):
        notes.append(where)
    empty = f"{found.what} of {found.subject}: nothing was measured."
    why = failures.in_full(found.points)
    return Table(tuple(headings), rows, empty=empty, note="\n".join(notes), detail=why)


def _in_order(found: Tuned) -> list[Point]:
    """Return the best, the others by their medians, then those that failed."""
    if not found.sound:
        return list(found.points)
    best = found.best()
    others = sorted(
        (point for point in found.sound if point is not best),
        key=lambda point: point.median(found.metric),
        reverse=found.goal == "max",
    )
    return [best, *others, *(point for point in found.points if point not in found.sound)]


def _is_number(found: Tuned, name: str) -> bool:
    return all(isinstance(value, int | float) for value in found.axes[name])


def _row(found: Tuned, point: Point, columns: int) -> tuple[str, ...]:
    samples = point.samples(found.metric)
    cells = [*map(str, point.labels.values()), _summed_up(samples), str(len(samples))]
    if len(cells) < columns:
        cells.append(failures.cut(point.failures[0].line) if point.failures else "")
    return tuple(cells)


def _summed_up(samples: list[float]) -> str:
    if not samples:
        return "–"
    middle = statistics.median(samples)
    if len(samples) == 1:
        return number(middle)
    return f"{number(middle)} ({number(min(samples))}–{number(max(samples))})"
