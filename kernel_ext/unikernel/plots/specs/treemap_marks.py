"""How a treemap is drawn: areas and headings with their names, and a chain of references beneath.

The marks read the data and the signals of `treemap`: leaves, inner, reason; zoomed, chosen, sought.
"""

from __future__ import annotations

from . import theme
from .vega_lite import Spec

WIDTH, HEIGHT, HEADING, LINE = theme.MOST_PX - 10, 400, 15, 15
# Light enough for black letters, and told apart by every colour vision.
PALETTE = ("#56b4e9", "#e69f00", "#7fc9b1", "#f0e442", "#cc79a7", "#b0b0b0", "#f2a26b", "#a6c8ff")
ALL = "everything"


def marks() -> list[Spec]:
    """Return the marks, the lowest first."""
    return [_areas(), _labels(), _headings(), _heading_texts(), *_chain()]


# Colours are those of packages, or of modules where one package is shown alone.
_COLOUR = f"(zoomed === everything ? datum.package : datum.module) % {len(PALETTE)}"
_QUALIFIERS = "/^.+[.]/"  # of a name: Stdlib., which all areas beside it have too
_SOUGHT = "!sought || indexof(lower(datum.label), lower(sought)) >= 0"
_KIB = "format(datum.bytes / 1024, ',.1f') + ' KiB'"
_HOVER = (
    "{'name': datum.label, 'size': " + _KIB + ", "
    "'of the image': format(datum.bytes / total, '.1%')}"
)
_RECTANGLE = {
    "x": {"field": "x0"},
    "y": {"field": "y0"},
    "x2": {"field": "x1"},
    "y2": {"field": "y1"},
}


def _areas() -> Spec:
    return {
        "type": "rect",
        "name": "areas",
        "from": {"data": "leaves"},
        "encode": {
            "enter": {"stroke": {"value": "white"}, "cursor": {"value": "pointer"}},
            "update": {
                **_RECTANGLE,
                "fill": {"scale": "colour", "signal": _COLOUR},
                "fillOpacity": [{"test": _SOUGHT, "value": 1}, {"value": 0.2}],
                "strokeWidth": [
                    {"test": "datum.module === chosen", "value": 3},
                    {"value": 0.5},
                ],
                "tooltip": {"signal": _HOVER},
                "description": {"signal": f"datum.label + ', ' + {_KIB}"},
            },
        },
    }


def _labels() -> Spec:
    wide = "datum.x1 - datum.x0 > 34 && datum.y1 - datum.y0 > 12"
    return {
        "type": "text",
        "name": "labels",
        "from": {"data": "leaves"},
        "interactive": False,
        "encode": {
            "enter": {"fill": {"value": "black"}, "fontSize": {"value": 10}},
            "update": {
                "x": {"field": "x0", "offset": 3},
                "y": {"field": "y0", "offset": 10},
                "limit": {"signal": "datum.x1 - datum.x0 - 5"},
                "text": {"signal": f"{wide} ? replace(datum.label, {_QUALIFIERS}, '') : ''"},
            },
        },
    }


def _headings() -> Spec:
    return {
        "type": "rect",
        "name": "headings",
        "aria": False,  # the titles say it
        "from": {"data": "inner"},
        "encode": {
            "enter": {"fill": {"value": "#888"}, "cursor": {"value": "pointer"}},
            "update": {
                **{key: _RECTANGLE[key] for key in ("x", "y", "x2")},
                "height": {"value": HEADING},
                "fillOpacity": {"value": 0.15},
                "tooltip": {"signal": _HOVER},
            },
        },
    }


def _heading_texts() -> Spec:
    wide = "datum.x1 - datum.x0 > 44"  # a letter or two before the dots
    back = f"datum.kind === 'package' && zoomed !== everything ? '◂ {ALL} / ' : ''"
    return {
        "type": "text",
        "name": "titles",
        "from": {"data": "inner"},
        "style": "guide-label",  # the page's ink
        "interactive": False,
        "encode": {
            "enter": {"fontSize": {"value": 11}, "fontWeight": {"value": "bold"}},
            "update": {
                "x": {"field": "x0", "offset": 3},
                "y": {"field": "y0", "offset": 11},
                "limit": {"signal": "datum.x1 - datum.x0 - 5"},
                "text": {"signal": f"{wide} ? ({back}) + datum.label + '  ' + {_KIB} : ''"},
            },
        },
    }


def _chain() -> list[Spec]:
    heading = "datum.label + ' (' + format(datum.bytes / 1024, ',.1f') + ' KiB) is here because of'"
    return [
        _text_beneath("chosen", {"signal": heading}, HEIGHT + 2 * LINE, "bold"),
        _text_beneath("chain", {"field": "because"}, HEIGHT + 3 * LINE, "normal"),
    ]


def _text_beneath(name: str, text: Spec, y: int, weight: str) -> Spec:
    return {
        "type": "text",
        "name": name,
        "from": {"data": "reason"},
        "style": "guide-label",  # the page's ink
        "encode": {
            "update": {
                "fontSize": {"value": 12},
                "fontWeight": {"value": weight},
                "x": {"value": 0},
                "y": {"value": y},
                "limit": {"value": WIDTH},
                "text": text,
                "lineBreak": {"value": "\n"},
                "lineHeight": {"value": LINE},
            }
        },
    }
