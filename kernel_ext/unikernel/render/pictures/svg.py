"""Charts of our own as images (SVG): they run nothing, and are legible on light and dark pages.

A page's theme does not reach into an image, and an element that it would reach is taken out of
notebooks from elsewhere, all but its text. So nothing is behind a chart, and its colours are those
that stand out from white and from black alike (WCAG 2.2, 1.4.3: 4.5 and 4.2 to one).
"""

from __future__ import annotations

import base64
from html import escape

from unikernel_toolchain.messages.visible import visible

TEXT, LINE = "#767676", "#8c8c8c"
CHARACTER = 7  # pixels, at most on average


def document(title: str, width: int, height: int, body: str) -> str:
    """Return the chart, of a size in pixels."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" role="img">'
        f"<title>{escape(visible(title))}</title>{body}</svg>"
    )


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    """Return words whose line begins at a place."""
    return f'<text x="{x}" y="{y}" fill="{TEXT}" {attributes}>{escape(visible(words))}</text>'


def image(chart: str, alternative: str) -> str:
    """Return a chart as an element of a page; a wide one is scrolled, and its letters stay."""
    data = base64.b64encode(chart.encode()).decode()
    return (
        f'<div style="overflow-x: auto"><img alt="{escape(alternative)}" style="max-width: none" '
        f'src="data:image/svg+xml;base64,{data}"></div>'
    )


def short(words: str, most: int) -> str:
    """Return words without their end if they are too long."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def shortened_within(words: str, most: int) -> str:
    """Return words without their middle if they are too long, as addresses differ at the end."""
    if len(words) <= most:
        return words
    half = (most - 1) // 2
    return f"{words[: most - 1 - half]}…{words[-half:]}"
