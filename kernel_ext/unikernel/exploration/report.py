"""What a sweep says of itself: a table for people, and notes on what is doubtful."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from unikernel.model.dimensions import summary
from unikernel.model.exploration import noise, series
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.points import Point
from unikernel.model.measurement import Measurements
from unikernel.render.results import Table

SHOWN_POINTS = 40
SHOWN_OUTLIERS = 3
REASON_CHARACTERS = 80
F = TypeVar("F", bound=Found)


def with_notes(found: F, dropped: int) -> F:
    """Return a sweep with notes on what was left out, and on what is doubtful in it."""
    return replace(found, notes=tuple(_notes(found, dropped)))


def _notes(found: Found, dropped: int) -> Iterator[str]:
    if found.done < found.planned:
        yield f"{found.done} of {found.planned} measurements were taken."
    yield from _failures(found)
    names = found.headlines()
    yield from _odd_numbers(found)
    strange = noise.outliers(found.points, names)
    for one in sorted(strange, key=lambda one: -abs(one.times - 1))[:SHOWN_OUTLIERS]:
        yield f"Outlier: {one}. It is among the samples."
    if len(strange) > SHOWN_OUTLIERS:
        yield f"{len(strange) - SHOWN_OUTLIERS} more samples are far from their points' medians."
    yield from _drift(found, names)
    for name in names[:1]:
        for worker, times in sorted(noise.differing_workers(found.points, name).items()):
            yield f"Workers differ: {worker} measures {times:.2f} × the medians of {name}."
    if dropped:
        yield f"{dropped} warm-up measurement{'s' * (dropped > 1)} dropped."


def _failures(found: Found) -> Iterator[str]:
    for point in found.points:
        if point.failures and not point.failure:
            where = ", ".join(f"{name}={value}" for name, value in point.labels.items())
            times = len(point.failures)
            yield f"At {where} {times} of the measurements failed: {point.failures[0].line}"
    unable = Counter(
        failure.line
        for point in found.points
        for failure in point.failures
        if failure.stage == "host"
    )
    for line, times in unable.most_common():
        yield f"{times} × {line} The same call tries these again."


def _odd_numbers(found: Found) -> Iterator[str]:
    odd = sum(1 for row in found.rows if row.value * 0 != 0)  # NaN and infinite
    if odd:
        are = "values are" if odd > 1 else "value is"
        yield f"{odd} {are} no finite number, and left out of medians."


def _drift(found: Found, names: Sequence[str]) -> Iterator[str]:
    if not found.points:
        return
    first = found.points[0]
    rows = Measurements((*found.baseline, *first.rows))
    for name in names:
        change = noise.drift(rows, name)
        if change is not None:
            taken = len(series.samples_of_all(rows)[name])
            yield (
                f"Drift: {name} of the first point changed by {change:+.0%} from first to last, "
                f"in {taken} measurements. Part of any difference may be that."
            )


def table(found: Found, most: int) -> Table:
    """Return a line a point: its settings, medians with ranges, how many samples or why none."""
    names, units = found.headlines(), found.units()
    headings = [
        *(f"{name}>" if _is_number(found, name) else name for name in found.axes),
        *(f"{name}, {units[name]}>" for name in names),
        "SAMPLES>",
        *(["FAILED"] if any(point.failures for point in found.points) else []),
    ]
    rows = tuple(_row(point, names, len(headings)) for point in found.points[:most])
    notes = list(found.notes)
    if len(found.points) > most:
        notes.insert(0, f"{len(found.points) - most:,} more points in .to_frame().")
    if where := summary(_comparable(found)):
        notes.append(where)
    empty = f"{found.what} of {found.subject}: nothing is swept."
    return Table(tuple(headings), rows, empty=empty, note="\n".join(notes))


def _comparable(found: Found) -> Measurements:
    """Return the rows of one sample of each point, which say where all were measured."""
    return Measurements(next(iter(point.rows)) for point in found.points if len(point.rows))


def _is_number(found: Found, name: str) -> bool:
    return all(isinstance(value, int | float) for value in found.axes[name])


def _row(point: Point, names: Sequence[str], columns: int) -> tuple[str, ...]:
    cells = [str(value) for value in point.labels.values()]
    counts = []
    for name in names:
        samples = point.samples(name)
        counts.append(len(samples))
        cells.append(_summed_up(samples))
    cells.append(str(max(counts, default=len({row.sample for row in point.rows}))))
    if len(cells) < columns:
        line = point.failures[0].line if point.failures else ""
        cut = line if len(line) <= REASON_CHARACTERS else f"{line[: REASON_CHARACTERS - 1]}…"
        cells.append(cut)
    return tuple(cells)


def _summed_up(samples: Sequence[float]) -> str:
    if not samples:
        return "–"
    middle = statistics.median(samples)
    if len(samples) == 1 or min(samples) == max(samples):
        return number(middle)
    return f"{number(middle)} ({number(min(samples))}–{number(max(samples))})"


def number(value: float) -> str:
    """Return a number as people read it: whole where it is large, some digits where it is small."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
