"""Why points of a sweep failed, in full: below the table, where a line has no room for it."""

from __future__ import annotations

from collections.abc import Iterable

from unikernel.model.exploration.points import Failure, Point

SHOWN = 5  # reasons
LINES = 12  # of what a compiler or a console said
REASON_CHARACTERS = 80  # in a line of the table


def cut(line: str) -> str:
    """Return what a line of the table has room for."""
    return line if len(line) <= REASON_CHARACTERS else f"{line[: REASON_CHARACTERS - 1]}…"


def in_full(points: Iterable[Point]) -> str:
    """Return each reason once, with the points that it is of, what tools said, and what to do.

    It holds what guests wrote: whoever shows it makes it visible.
    """
    of: dict[tuple[str, str], tuple[Failure, list[Point]]] = {}
    for point in points:
        if point.failures:
            first = point.failures[0]
            # Excerpts differ where a parameter stands in them; what is wrong is the last line.
            last = first.detail.rstrip().rpartition("\n")[2]
            of.setdefault((first.line, last), (first, []))[1].append(point)
    told = [_told(failure, which) for failure, which in list(of.values())[:SHOWN]]
    if len(of) > SHOWN:
        told.append(f"{len(of) - SHOWN} more reasons are in .failed.")
    return "\n\n".join(told)


def _told(failure: Failure, points: list[Point]) -> str:
    others = len(points) - 1
    more = f", and {others} more point{'s' * (others > 1)}" if others else ""
    parts = [f"{points[0].where or 'all'}{more}: {failure.line}", _part(failure), failure.hint]
    return "\n".join(filter(None, parts))


def _part(failure: Failure) -> str:
    """Return the lines that matter: the first of a compiler's, the last of a console's."""
    lines = failure.detail.rstrip().splitlines()
    if len(lines) <= LINES:
        kept = lines
    elif failure.stage == "build":
        kept = [*lines[:LINES], "…"]
    else:
        kept = ["…", *lines[-LINES:]]
    return "\n".join(f"  {line}" for line in kept)
