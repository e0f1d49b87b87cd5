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

from . import failures
from .numbers import number
from .verdict import Verdict, verdict

SHOWN_POINTS = 40
SHOWN_OUTLIERS = 3
F = TypeVar("F", bound=Found)


def with_notes(found: F, dropped: int) -> F:
    """Return a sweep with notes on what was left out, and on what is doubtful in it."""
    return replace(found, notes=tuple(_notes(found, dropped)))


def _notes(found: Found, dropped: int) -> Iterator[str]:
    if found.done < found.planned:
        yield f"{found.done} of {found.planned} measurements were taken."
    if decided := verdict(found):
        yield from decided.notes()
    yield from _failures(found)
    names = found.headlines()
    yield from _odd_numbers(found)
    yield from _outliers(found, names)
    yield from _drift(found, names)
    for name in names[:1]:
        for worker, times in sorted(noise.differing_workers(found.points, name).items()):
            yield f"Workers differ: {worker} measures {times:.2f} × the medians of {name}."
    if dropped:
        yield f"{dropped} warm-up measurement{'s' * (dropped > 1)} dropped."


def _outliers(found: Found, names: Sequence[str]) -> Iterator[str]:
    """Yield the strangest samples; where strange ones are no exception, that it is noisy here."""
    strange = noise.outliers(found.points, names)
    for name in names:
        own = sum(one.series == name for one in strange)
        taken = sum(len(point.samples(name)) for point in found.points)
        if own > SHOWN_OUTLIERS and own > noise.NOISY * taken:
            strange = [one for one in strange if one.series != name]
            yield (
                f"Noisy: {own} of {taken} samples of {name} are far from their points' medians, so "
                "none is an exception. Small differences mean little; a quieter host tells more."
            )
    for one in sorted(strange, key=lambda one: -abs(one.times - 1))[:SHOWN_OUTLIERS]:
        yield f"Outlier: {one}. It is among the samples."
    if len(strange) > SHOWN_OUTLIERS:
        yield f"{len(strange) - SHOWN_OUTLIERS} more samples are far from their points' medians."


def _failures(found: Found) -> Iterator[str]:
    for point in found.points:
        if point.failures and not point.failure:
            times = len(point.failures)
            yield f"At {point.where} {times} of the measurements failed: {point.failures[0].line}"
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
    names, units, decided = found.headlines(), found.units(), verdict(found)
    headings = [
        *(f"{name}>" if _is_number(found, name) else name for name in found.axes),
        *(f"{name}, {units[name]}>" for name in names),
        "SAMPLES>",
        *([decided.heading] if decided else []),
        *(["FAILED"] if any(point.failures for point in found.points) else []),
    ]
    rows = tuple(_row(point, names, decided, len(headings)) for point in found.points[:most])
    notes = list(found.notes)
    if len(found.points) > most:
        notes.insert(0, f"{len(found.points) - most:,} more points in .to_frame().")
    if where := summary(_comparable(found)):
        notes.append(where)
    empty = f"{found.what} of {found.subject}: nothing is swept."
    why = failures.in_full(found.points)
    return Table(tuple(headings), rows, empty=empty, note="\n".join(notes), detail=why)


def _comparable(found: Found) -> Measurements:
    """Return the rows of one sample of each point, which say where all were measured."""
    return Measurements(next(iter(point.rows)) for point in found.points if len(point.rows))


def _is_number(found: Found, name: str) -> bool:
    return all(isinstance(value, int | float) for value in found.axes[name])


def _row(
    point: Point, names: Sequence[str], decided: Verdict | None, columns: int
) -> tuple[str, ...]:
    cells = [str(value) for value in point.labels.values()]
    counts = []
    for name in names:
        samples = point.samples(name)
        counts.append(len(samples))
        cells.append(_summed_up(samples))
    cells.append(str(max(counts, default=len({row.sample for row in point.rows}))))
    if decided:
        cells.append(decided.mark(point))
    if len(cells) < columns:
        cells.append(failures.cut(point.failures[0].line) if point.failures else "")
    return tuple(cells)


def _summed_up(samples: Sequence[float]) -> str:
    if not samples:
        return "–"
    middle = statistics.median(samples)
    if len(samples) == 1 or min(samples) == max(samples):
        return number(middle)
    return f"{number(middle)} ({number(min(samples))}–{number(max(samples))})"
