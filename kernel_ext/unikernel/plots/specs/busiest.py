"""The busiest functions of a profile as lines of text, for the foot of its flame graph.

What a function did itself is spread over a graph, a sliver wherever it was called from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.plots.series import short

from . import theme

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unikernel.model.debugging.profile import Profile

LINE = 16
SHOWN = 10  # functions
_LONGEST = 80  # characters
_HEADINGS = ("itself", "in all", "function", "of")
_PLACES = ((50, "right", 50), (108, "right", 50), (124, "left", 330), (464, "left", 200))


def lines(profile: Profile) -> list[tuple[str, ...]]:
    """Return the lines, each of four columns; the first has headings."""
    busiest: list[tuple[str, ...]] = [_HEADINGS]
    for row in profile.rows()[:SHOWN]:
        shares = (f"{row[key]:.1%}" for key in ("own_share", "total_share"))
        busiest.append((*shares, str(row["function"]), str(row["of"])))
    return busiest


def height(busiest: Sequence[tuple[str, ...]]) -> int:
    """Return how many pixels they take."""
    return LINE * (len(busiest) + 1)


def data(busiest: Sequence[tuple[str, ...]], top: int) -> dict[str, Any]:
    """Return them as data for `MARKS`, beneath `top`."""
    return {"name": "busiest", "values": list(_cells(busiest, top))}


def _cells(busiest: Sequence[tuple[str, ...]], top: int) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(busiest):
        for text, (x, align, limit) in zip(line, _PLACES, strict=True):
            place = {"x": x, "y": top + LINE * (number + 1), "align": align, "limit": limit}
            yield {"text": short(text, _LONGEST), "weight": "normal" if number else "bold", **place}


MARKS = {
    "type": "text",
    "interactive": False,
    "from": {"data": "busiest"},
    "encode": {
        "enter": {
            "x": {"field": "x"},
            "y": {"field": "y"},
            "align": {"field": "align"},
            "limit": {"field": "limit"},
            "baseline": {"value": "middle"},
            "fontSize": {"value": 11},
            "fontWeight": {"field": "weight"},
            "fill": {"value": theme.INK},
            "text": {"field": "text"},
        }
    },
}
