"""Two snapshots compared: areas as a table, first bytes in hexadecimal, memory as a strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible

from .pictures import svg
from .results import Result, Table, Verbatim

if TYPE_CHECKING:
    import pandas as pd

    from unikernel.model.debugging.differences import Difference, Line, Span

_CELL, _HEIGHT, _LEFT = 9, 20, 100  # pixels
_SPANS = 40
_CHANGED = "#d55e00"


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
        alternative = "Which parts of memory differ; the table below says it in words."
        words = Verbatim(self.hexadecimal)._repr_html_()
        return (
            f"{svg.image(strip(self.difference), alternative)}{table}"
            f"<details><summary>The first bytes that differ</summary>{words}</details>"
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
    legend = "Each cell is a part of memory, the fuller the more of its pages differ."
    head, foot = svg.text(6, 14, difference.title), svg.text(6, height - 6, legend)
    return svg.document(difference.title, width, height, "".join((head, *rows, foot)))


def _row(span: Span, y: int) -> str:
    cells = (_cell(_LEFT + _CELL * i, y, share) for i, share in enumerate(span.shares))
    return svg.text(6, y + 12, f"{span.begin:#x}") + "".join(cells)


def _cell(x: int, y: int, share: float) -> str:
    """Return a part's outline, filled from below as far as its pages differ."""
    high = _HEIGHT - 5
    full = max(2, round(high * share)) if share else 0
    size = f'x="{x}" width="{_CELL - 2}"'
    return (
        f'<rect {size} y="{y}" height="{high}" fill="none" stroke="{svg.LINE}" '
        f'stroke-opacity="0.5"/><rect {size} y="{y + high - full}" height="{full}" '
        f'fill="{_CHANGED}"/>'
    )
