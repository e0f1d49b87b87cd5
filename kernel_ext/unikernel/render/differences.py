"""Two snapshots compared: areas as a table, first bytes in hexadecimal, memory as a strip."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible

from .results import Result, Table, Verbatim

if TYPE_CHECKING:
    import pandas as pd

    from unikernel.model.debugging.differences import Difference, Line, Span

_CELL, _HEIGHT, _LEFT = 10, 20, 150  # pixels
_SPANS = 40
_CHANGED, _SAME = "#d55e00", "#e6e6e6"


class DifferenceView(Result):
    """A difference that reads well: text everywhere, with a picture on pages."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference

    def to_frame(self) -> pd.DataFrame:
        """Return the areas as a pandas DataFrame, a row each."""
        return self.difference.to_frame()

    @property
    def table(self) -> Table:
        """The areas that differ."""
        rows = tuple(
            (area.kind, area.name, f"{area.first_address:#x}", f"{area.pages:,}", f"{area.bytes:,}")
            for area in self.difference.areas
        )
        headings = ("MEMORY", "WHAT", "FIRST AT>", "PAGES>", "BYTES>")
        note = " ".join((f"{self.difference.title}.", *self.difference.remarks))
        return Table(headings, rows, note, note)

    @property
    def hexadecimal(self) -> str:
        """The first lines that differ, as they were and as they are."""
        return "\n".join(_hexadecimal(line) for line in self.difference.lines)

    def __str__(self) -> str:
        lines = self.hexadecimal
        return (
            f"{self.table}\n\nThe first bytes that differ:\n{lines}" if lines else str(self.table)
        )

    def _repr_html_(self) -> str:
        table = self.table._repr_html_()
        if not self.difference.lines:
            return table
        picture = base64.b64encode(strip(self.difference).encode()).decode()
        text = Verbatim(self.hexadecimal)._repr_html_()
        return (
            f'<img alt="Which parts of memory differ; the table below says it in words." '
            f'style="max-width: 100%" src="data:image/svg+xml;base64,{picture}">{table}'
            f"<details><summary>The first bytes that differ</summary>{text}</details>"
        )


def _hexadecimal(line: Line) -> str:
    before, after = line.before, line.after
    marked = " ".join(
        f"{new:02x}" if old == new else f"{old:02x}→{new:02x}"
        for old, new in zip(before, after, strict=True)
    )
    return f"{line.address:#014x}  {marked}  {visible(line.where)}"


def strip(difference: Difference) -> str:
    """Return memory from its first address to its last, with what differs marked, as SVG."""
    spans = [span for span in difference.spans if any(span.shares)][:_SPANS]
    width = _LEFT + _CELL * max((len(span.shares) for span in spans), default=1) + 10
    height = _HEIGHT * (len(spans) + 2)
    rows = (_row(span, _HEIGHT * (number + 1)) for number, span in enumerate(spans))
    legend = "Each cell is a part of memory, the darker the more of its pages differ."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" role="img">'
        f"<title>{escape(visible(difference.title))}</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="6" y="14" fill="#222">{escape(visible(difference.title))}</text>'
        f'{"".join(rows)}<text x="6" y="{height - 6}" fill="#555">{legend}</text></svg>'
    )


def _row(span: Span, y: int) -> str:
    cells = "".join(
        f'<rect x="{_LEFT + _CELL * i}" y="{y}" width="{_CELL - 1}" height="{_HEIGHT - 4}" '
        f'fill="{_CHANGED if share else _SAME}" fill-opacity="{0.25 + 0.75 * share:.2f}">'
        f"<title>{share:.0%} of its pages differ</title></rect>"
        for i, share in enumerate(span.shares)
    )
    return f'<text x="6" y="{y + 12}" fill="#222">{span.begin:#x}</text>{cells}'
