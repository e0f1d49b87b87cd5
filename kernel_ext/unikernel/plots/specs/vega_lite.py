"""What all Vega-Lite specifications share.

Colours never stand alone: lines have a shape each, bars a label.

Source: Vega-Lite 5, https://vega.github.io/vega-lite/docs/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"  # a name; nothing fetches it
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
SERIES_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
GREY = "#777"  # which can be seen on white and on black
FAINT = 0.15  # opacity of what is not chosen


def chart(title: str, *, legend: str = "right", **parts: Any) -> Spec:
    """Return a specification; the title's first line is set large, the others below it.

    `legend` is where legends stand: "right", or "bottom" of panels side by side.
    """
    heading = theme.heading(title)
    legends = {"orient": legend, "labelLimit": 260}
    if legend == "bottom":
        legends["columns"] = 2
    return {
        "$schema": SCHEMA,
        "description": " — ".join([" ".join(heading["text"]), *heading["subtitle"]]),
        "title": heading,
        "config": {"view": {"stroke": None}, "legend": legends},
        **parts,
    }


def zoom(name: str, channels: Sequence[str] = ("x",)) -> Spec:
    """Return a parameter by which the wheel zooms and dragging moves; a double click resets."""
    return {
        "name": name,
        "select": {"type": "interval", "encodings": list(channels)},
        "bind": "scales",
    }


def chosen_by_legend(name: str, field: str) -> Spec:
    """Return a parameter that is what was clicked in the legend, with Shift several."""
    return {"name": name, "select": {"type": "point", "fields": [field]}, "bind": "legend"}


def faint_unless(name: str, opacity: float = 1.0) -> Spec:
    """Return an opacity that lets what is not chosen recede."""
    return {"condition": {"param": name, "value": opacity, "empty": True}, "value": FAINT}


def colours(field: str, names: Sequence[str], title: str | None, palette: Sequence[str]) -> Spec:
    """Return the colour of a field with these values."""
    scale = {"domain": list(names), "range": [palette[i % len(palette)] for i in range(len(names))]}
    return {"field": field, "type": "nominal", "scale": scale, "title": title, "sort": None}


def shapes(field: str, names: Sequence[str], title: str | None) -> Spec:
    """Return the shape of a field with these values, in the same legend as its colour."""
    scale = {"domain": list(names), "range": [SHAPES[i % len(SHAPES)] for i in range(len(names))]}
    return {"field": field, "type": "nominal", "scale": scale, "title": title, "sort": None}


def tooltip(fields: Mapping[str, str], number: str = ",.4~g") -> list[Spec]:
    """Return what hovering shows: headings of fields; those that end in # are numbers."""
    return [
        {"field": field.rstrip("#"), "title": title, "type": "quantitative", "format": number}
        if field.endswith("#")
        else {"field": field, "title": title, "type": "nominal"}
        for field, title in fields.items()
    ]
