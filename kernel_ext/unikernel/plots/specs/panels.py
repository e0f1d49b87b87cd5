"""Panels that plots are put together of: bars with their range, and lines with points.

One parameter, `CHOSEN`, is what was clicked in a legend or on a bar: in all panels of a plot the
rest recedes. A plot declares it in one of its panels, and each panel that zooms has its own name.
"""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING, Any

from . import theme, vega_lite
from .vega_lite import SERIES_COLOURS, Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CHOSEN = "chosen"
BAR_PX, PANEL_PX, HEIGHT_PX = 26, 180, 200
ROOM = 1.3  # for the number behind the longest bar
MOST_POINTS = 400  # of a line


def chosen() -> Spec:
    """Return the parameter that one panel of a plot declares."""
    return vega_lite.chosen_by_legend(CHOSEN, "series")


def bar(series: str, values: Sequence[float], first: float | None = None, **more: Any) -> Spec:
    """Return the row of a bar: the median of `values`, their range, and `first` as its multiple."""
    median = statistics.median(values)
    ratio = f"{first / median:.2f} × this" if first is not None and median else ""
    numbers = {"value": median, "least": min(values), "most": max(values)}
    rounded = {name: round(number, 6) for name, number in numbers.items()}
    return {"series": series, **rounded, "count": len(values), "first": ratio, **more}


def bars(
    rows: Sequence[Spec],
    names: Sequence[str],
    unit: str,
    *,
    title: str,
    zoom: str,
    y: str = "series",
    palette: Sequence[str] = SERIES_COLOURS,
    parameters: Sequence[Spec] = (),
) -> Spec:
    """Return horizontal bars of `bar` rows, one a series, or side by side in groups of `y`."""
    hover = {"series": "of", "value#": f"median, {unit}", "least#": "least", "most#": "most"}
    hover |= {"count#": "samples", "first": "the first is"}
    if y != "series":
        hover = {y: "job", **hover}
    place: Spec = {"y": {"field": y, "type": "nominal", "sort": None, "title": None}}
    place["y"]["axis"] = {"labelLimit": 110, "ticks": False, "domain": False}
    if y != "series":
        place["yOffset"] = {"field": "series", "type": "nominal", "sort": list(names)}
    x = {"type": "quantitative", "title": unit}
    longest = max((row["most"] for row in rows), default=0.0) or 1.0
    marks = {
        "mark": {"type": "bar", "clip": True, "height": {"band": 0.8}},
        "params": [vega_lite.zoom(zoom), *parameters],
        "encoding": {
            **place,
            "x": {"field": "value", **x, "scale": {"domain": [0, ROOM * longest]}},
            "color": vega_lite.colours("series", names, None, palette),
            "opacity": vega_lite.faint_unless(CHOSEN, 0.85),
            "tooltip": vega_lite.tooltip(hover),
        },
    }
    return {
        "title": {"text": title, "fontWeight": "normal", "fontSize": 11, "anchor": "start"},
        "width": PANEL_PX,
        "height": {"step": BAR_PX},
        "data": {"values": list(rows)},
        "layer": [marks, _range(place), _number(place)],
    }


def _range(place: Spec) -> Spec:
    return {
        "mark": {"type": "rule", "strokeWidth": 1.5, "color": "#666", "clip": True},
        "encoding": {
            **place,
            "x": {"field": "least", "type": "quantitative"},
            "x2": {"field": "most"},
            "opacity": vega_lite.faint_unless(CHOSEN),
        },
    }


def _number(place: Spec) -> Spec:
    return {
        "mark": {
            "type": "text",
            "align": "left",
            "dx": 4,
            "color": theme.INK,
            "clip": True,
        },
        "encoding": {
            **place,
            "x": {"field": "most", "type": "quantitative"},
            "text": {"field": "value", "type": "quantitative", "format": ",.3~s"},
        },
    }


def lines(
    rows: Sequence[Spec],
    names: Sequence[str],
    x: Spec,
    y: Spec,
    *,
    hover: Mapping[str, str],
    zoom: str | None,
    thick: str | None = None,
    dashes: str | None = None,
    width: int = PANEL_PX,
    height: int = HEIGHT_PX,
    parameters: Sequence[Spec] = (),
) -> Spec:
    """Return a line with points for each series.

    `x` and `y` are encodings, `hover` fields by their headings. `thick` is a field that is true of
    rows drawn thick, `dashes` one that has a dash pattern for each value. Rows of a series, and of
    its fields `run` if it has such, are a line.
    """
    encoding: Spec = {
        "x": x,
        "y": y,
        "color": vega_lite.colours("series", names, None, SERIES_COLOURS),
        "opacity": vega_lite.faint_unless(CHOSEN),
        "detail": [{"field": "run", "type": "nominal"}],
    }
    if dashes:
        encoding["strokeDash"] = {"field": dashes, "type": "nominal", "sort": None, "title": None}
    if thick:
        size = {"condition": {"test": f"datum.{thick}", "value": 2.2}, "value": 0.7}
        encoding["strokeWidth"] = size
    order: Spec = {"field": x["field"], "type": "quantitative"}
    step = {"interpolate": "linear", "clip": True}
    points: Spec = {
        "mark": {"type": "point", "filled": True, "clip": True},
        "encoding": {
            **{key: encoding[key] for key in ("x", "y", "color", "opacity")},
            "shape": vega_lite.shapes("series", names, None),
            "size": {"condition": {"test": f"datum.{thick}", "value": 40}, "value": 12}
            if thick
            else {"value": 40},
            "tooltip": vega_lite.tooltip(hover),
        },
    }
    drawn: Spec = {"mark": {"type": "line", **step}, "encoding": encoding}
    if x.get("type") == "quantitative":
        drawn["encoding"]["order"] = order
    if zoom:
        drawn["params"] = [vega_lite.zoom(zoom, ("x", "y"))]
    drawn.setdefault("params", []).extend(parameters)  # of the first layer, whose the legend is
    return {
        "width": width,
        "height": height,
        "data": {"values": list(rows)},
        "layer": [drawn, points],
    }


def quantity(field: str, title: str, *, log: bool = False) -> Spec:
    """Return the encoding of a number along an axis."""
    scale: Spec = {"type": "log"} if log else {"zero": True}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale}


def category(field: str, title: str | None) -> Spec:
    """Return the encoding of words along an axis, in the order of the rows."""
    axis = {"labelAngle": 0, "labelLimit": 120}
    return {"field": field, "type": "ordinal", "sort": None, "title": title, "axis": axis}


def fit_side_by_side(names: Sequence[str], characters: int) -> bool:
    """Return whether names at even distances along so many characters do not touch."""
    widest = max((len(a) + len(b) for a, b in itertools.pairwise(names)), default=0) / 2
    return (widest + 2) * len(names) <= characters


def thinned(points: Sequence[Any], most: int = MOST_POINTS) -> Iterable[Any]:
    """Return at most so many of the points, evenly chosen, the last among them."""
    if len(points) <= most:
        return points
    return [points[(number + 1) * len(points) // most - 1] for number in range(most)]
