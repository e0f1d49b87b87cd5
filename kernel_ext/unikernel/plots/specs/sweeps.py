"""A sweep for the mouse: a panel of lines for each axis, and bars of what goes with which axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import panels, theme, vega_lite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .vega_lite import Spec

WIDTH_PX = 230
ROOM = 0.05  # above and below what is drawn
SPREAD = 16  # times its least, from which on numbers stand on a logarithmic scale
CHARACTERS, GAP = 40, 2  # of the names below a panel, as they have room side by side
Point = tuple[float | str, float, float, float, int]  # value, median, least, most, samples


@dataclass(frozen=True)
class Line:
    """Points of one colour, and what they are of."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Panel:
    """What one axis does: its values in their order, and lines over them."""

    axis: str
    is_number: bool
    is_log: bool
    values: Sequence[float | str]
    lines: Sequence[Line]


def spec(
    drawn: Sequence[Panel], shares: Sequence[tuple[str, float]], what: str, title: str
) -> Spec:
    """Return the specification; `what` is the metric with its unit, `shares` parts of one."""
    scale: Spec = {"domain": list(bounds(drawn)), "nice": True}
    if is_log(drawn):
        scale = {"type": "log", "domain": scale["domain"], "nice": False}
    across = [_lines(panel, what, scale, number) for number, panel in enumerate(drawn)]
    if shares:
        across.append(_shares(shares))
    apart = {"scale": {"color": "independent", "shape": "independent"}}
    return vega_lite.chart(title, legend="bottom", concat=across, columns=2, resolve=apart)


def bounds(drawn: Sequence[Panel]) -> tuple[float, float]:
    """Return the least and the most of all panels: on one scale effects can be compared."""
    ends = [
        end
        for panel in drawn
        for line in panel.lines
        for _, _, low, high, _ in line.points
        for end in (low, high)
    ]
    if is_log(drawn):
        room = (max(ends) / min(ends)) ** ROOM
        return min(ends) / room, max(ends) * room
    room = ROOM * (max(ends) - min(ends)) or abs(max(ends)) * ROOM or 1.0
    return min(ends) - room, max(ends) + room


def is_log(drawn: Sequence[Panel]) -> bool:
    """Whether medians lie so far apart that the small ones would be a line along the bottom."""
    points = [point for panel in drawn for line in panel.lines for point in line.points]
    medians = [median for _, median, *_ in points]
    return min(low for _, _, low, *_ in points) > 0 and max(medians) >= SPREAD * min(medians)


def _lines(panel: Panel, what: str, scale: Spec, number: int) -> Spec:
    rows = [
        {"series": line.name, "value": v, "median": m, "least": low, "most": high, "count": count}
        for line in panel.lines
        for v, m, low, high, count in line.points
    ]
    names = [line.name for line in panel.lines]
    x = panels.category("value", panel.axis)
    if sum(len(str(value)) + GAP for value in panel.values) > CHARACTERS:
        x["axis"] |= {"labelAngle": -40, "labelOverlap": "greedy"}
    if panel.is_number:
        x = panels.quantity("value", panel.axis, log=panel.is_log)
        x["scale"] = {"type": "log"} if panel.is_log else {"zero": False, "nice": True}
    y: Spec = {"field": "median", "type": "quantitative", "title": what, "scale": scale}
    chosen = f"chosen_{number}"
    encoding = {
        "x": x,
        "y": y,
        "color": vega_lite.colours("series", names, None, vega_lite.SERIES_COLOURS),
        "opacity": vega_lite.faint_unless(chosen),
    }
    hover = {"series": "of", "value": panel.axis, "median#": what, "least#": "least"}
    hover |= {"most#": "most", "count#": "samples of the point"}
    return {
        "width": WIDTH_PX,
        "height": panels.HEIGHT_PX,
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "line", "clip": True},
                "params": [
                    vega_lite.chosen_by_legend(chosen, "series"),
                    vega_lite.zoom(f"zoom_{number}", ("y",)),
                ],
                "encoding": encoding,
            },
            _ranges(encoding),
            _points(encoding, names, hover),
        ],
    }


def _ranges(encoding: Spec) -> Spec:
    y = {**encoding["y"], "field": "least"}
    return {
        "mark": {"type": "rule", "strokeWidth": 1, "clip": True},
        "encoding": {**encoding, "y": y, "y2": {"field": "most"}},
    }


def _points(encoding: Spec, names: Sequence[str], hover: Mapping[str, str]) -> Spec:
    return {
        "mark": {"type": "point", "filled": True, "size": 45, "clip": True},
        "encoding": {
            **encoding,
            "shape": vega_lite.shapes("series", names, None),
            "tooltip": vega_lite.tooltip(hover),
        },
    }


def _shares(shares: Sequence[tuple[str, float]]) -> Spec:
    place: Spec = {"field": "axes", "type": "nominal", "sort": None, "title": None}
    place["axis"] = {"labelLimit": 140, "ticks": False, "domain": False}
    x = {"field": "part", "type": "quantitative", "title": "part of the variance"}
    text = {"field": "part", "type": "quantitative", "format": ".0%"}
    number = {"type": "text", "align": "left", "dx": 4, "color": theme.INK}
    return {
        "width": WIDTH_PX,
        "height": {"step": panels.BAR_PX},
        "data": {"values": [{"axes": name, "part": round(part, 4)} for name, part in shares]},
        "encoding": {"y": place, "x": {**x, "axis": {"format": "%"}}},
        "layer": [
            {
                "mark": {
                    "type": "bar",
                    "height": {"band": 0.8},
                    "color": vega_lite.SERIES_COLOURS[0],
                }
            },
            {"mark": number, "encoding": {"text": text}},
        ],
    }
