"""What makes a drawing follow a page's theme and fit on it: ink, and the width of everything.

A front end hands Vega a theme once, when it draws; a page that turns dark later would leave black
letters on black. So letters and axes have the page's own ink, by CSS' `currentColor`.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from unikernel.plots.series import short

if TYPE_CHECKING:
    from collections.abc import Mapping

Spec = dict[str, Any]

INK = "currentColor"
FAINT_INK = "#888"  # of lines between the values, on white and on black
MOST_PX = 680  # of a drawing: a notebook's cell in a page of 1,200 px, less the menu beside it
TITLE_CHARACTERS, HEADLINE_CHARACTERS, SUBTITLE_CHARACTERS = 200, 84, 104  # the latter of a line
_LINES: Spec = {"domainColor": FAINT_INK, "tickColor": FAINT_INK, "gridColor": FAINT_INK}
CONFIG: Spec = {
    "title": {"color": INK, "subtitleColor": INK},
    "axis": {**_LINES, "gridOpacity": 0.25},
    "legend": {"symbolBaseStrokeColor": INK},
    "style": {name: {"fill": INK} for name in ("guide-label", "guide-title", "group-title")},
}


def themed(spec: Mapping[str, Any]) -> Spec:
    """Return a specification in the page's ink, but for what its own configuration says."""
    own = spec.get("config", {})
    config = {
        name: {**CONFIG.get(name, {}), **own[name]} if name in own else CONFIG[name]
        for name in {**CONFIG, **own}
    }
    return {"background": "transparent", **spec, "config": config}


def heading(title: str, *more: str) -> Spec:
    """Return a title: its first line set large, the others and `more` below it, none too wide."""
    first, *others = title.splitlines() or [""]
    return {
        "text": _wrapped(first, HEADLINE_CHARACTERS),
        "subtitle": [
            line for text in (*others, *more) for line in _wrapped(text, SUBTITLE_CHARACTERS)
        ],
        "anchor": "start",
        "frame": "bounds",
        "limit": MOST_PX,
    }


def _wrapped(text: str, characters: int) -> list[str]:
    return textwrap.wrap(short(text, TITLE_CHARACTERS), characters) or [""]
