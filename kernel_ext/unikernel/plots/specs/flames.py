"""The flame graph for the mouse: values on hover, a click zooms, a double click resets, search.

Source: Vega 5, https://vega.github.io/vega/docs/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.model.debugging.profile import kind

from . import busiest, theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unikernel.plots.flames import Bar

SCHEMA = "https://vega.github.io/schema/vega/v5.json"  # a name; nothing fetches it
WIDTH, ROW = theme.MOST_PX - 10, 17
NAME_CHARACTERS = 160
_FOUND = "#cc79a7"
_TOOLTIP = (
    "{'function': datum.name, 'of': datum.kind, 'samples': datum.end - datum.begin,"
    " 'share': format((datum.end - datum.begin) / all, '.1%'),"
    " 'itself': format(datum.own / all, '.1%')}"
)
_IS_FOUND = "search && indexof(lower(datum.name), lower(search)) >= 0"
_LEFT, _RIGHT = "scale('x', max(datum.begin, view[0]))", "scale('x', min(datum.end, view[1]))"


def spec(
    bars: Sequence[Bar],
    samples: int,
    title: str,
    colours: Mapping[str, str],
    functions: Sequence[tuple[str, ...]],
) -> dict[str, Any]:
    """Return the specification; `samples` is how many the graph is wide.

    `functions` are the lines beneath it, of `busiest`.
    """
    rows = max(bar.depth for bar in bars) + 1
    return {
        "$schema": SCHEMA,
        "description": f"Flame graph. {title}",
        "title": theme.heading(title, _HOW),
        "width": WIDTH,
        "height": rows * ROW + busiest.height(functions),
        "padding": 5,
        "signals": [*_signals(samples), {"name": "ground", "value": rows * ROW}],
        "data": [
            {"name": "bars", "values": [_row(bar) for bar in bars], "transform": [_SEEN]},
            busiest.data(functions, rows * ROW),
        ],
        "scales": _scales(colours),
        "legends": [{"fill": "kind", "orient": "bottom", "direction": "horizontal"}],
        "marks": [_rectangles(), _names(), busiest.MARKS],
    }


_HOW = "A click zooms in, a double click back out."
_SEEN = {"type": "filter", "expr": "datum.end > view[0] && datum.begin < view[1]"}


def _row(bar: Bar) -> dict[str, Any]:
    return {
        "name": bar.name[:NAME_CHARACTERS],
        "kind": kind(bar.name),
        "begin": bar.begin,
        "end": bar.end,
        "depth": bar.depth,
        "own": bar.own,
    }


def _signals(samples: int) -> list[dict[str, Any]]:
    zoom = [
        {"events": "@bar:click", "update": "[datum.begin, datum.end]"},
        {"events": "dblclick", "update": "[0, all]"},
    ]
    search = {"input": "text", "name": "Find a function: ", "autocomplete": "off"}
    return [
        {"name": "all", "value": samples},
        {"name": "view", "value": [0, samples], "on": zoom},
        {"name": "search", "value": "", "bind": search},
    ]


def _scales(colours: Mapping[str, str]) -> list[dict[str, Any]]:
    x = {"name": "x", "domain": {"signal": "view"}, "range": "width", "zero": False}
    kinds = {"name": "kind", "type": "ordinal", "domain": list(colours)}
    return [x | {"nice": False, "clamp": True}, kinds | {"range": list(colours.values())}]


def _rectangles() -> dict[str, Any]:
    update = {
        "x": {"scale": "x", "field": "begin"},
        "x2": {"scale": "x", "field": "end"},
        "y": {"signal": f"ground - (datum.depth + 1) * {ROW}"},
        "height": {"value": ROW - 1},
        "fill": [{"test": _IS_FOUND, "value": _FOUND}, {"scale": "kind", "field": "kind"}],
        "stroke": [{"test": _IS_FOUND, "value": "#000"}, {"value": "#fff"}],
        "strokeWidth": [{"test": _IS_FOUND, "value": 1.5}, {"value": 0.5}],
        "tooltip": {"signal": _TOOLTIP},
        "cursor": {"value": "pointer"},
        "description": {"signal": "datum.name + ', ' + (datum.end - datum.begin) + ' samples'"},
    }
    return {"type": "rect", "name": "bar", "from": {"data": "bars"}, "encode": {"update": update}}


def _names() -> dict[str, Any]:
    update = {
        "x": {"signal": f"{_LEFT} + 3"},
        "y": {"signal": f"ground - (datum.depth + 0.5) * {ROW}"},
        "baseline": {"value": "middle"},
        "fontSize": {"value": 10},
        "fill": {"value": "#000"},
        "text": {"field": "name"},
        "limit": {"signal": f"max(1, {_RIGHT} - {_LEFT} - 6)"},
        "opacity": {"signal": f"{_RIGHT} - {_LEFT} > 24 ? 1 : 0"},
    }
    return {
        "type": "text",
        "interactive": False,
        "aria": False,
        "from": {"data": "bars"},
        "encode": {"update": update},
    }
