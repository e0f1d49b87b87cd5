"""The packets of a capture as a table, and as a chart of who sends what to whom.

The chart is a sequence diagram (UML 2.5.1, clause 17): a vertical line for each address, time
downwards, an arrow for each packet with what it says. It is a picture of its own (SVG in an image),
which runs nothing and takes no style from the page; the table says the same in words.
"""

from __future__ import annotations

import base64
import time
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel_toolchain.messages.visible import visible

from .results import Result, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from unikernel.model.debugging.packets import Packet, Packets

MOST_ROWS = 200
MOST_ARROWS, MOST_HOSTS = 60, 6
_COLUMN, _STEP, _TOP, _LEFT = 210, 24, 40, 90  # pixels
_LABEL_CHARACTERS = 30
_COLOURS = {"TCP": "#0072b2", "HTTP": "#009e73", "UDP": "#d55e00", "DNS": "#cc79a7"}
_OTHER = "#666666"


class PacketView(Result):
    """Packets that read well: as a table everywhere, with a chart of their ways on pages."""

    def __init__(self, packets: Packets) -> None:
        self.packets = packets

    def __len__(self) -> int:
        return len(self.packets)

    def __iter__(self) -> Iterator[Packet]:
        return iter(self.packets)

    def __getitem__(self, number: int) -> Packet:
        return self.packets[number]

    def to_frame(self) -> pd.DataFrame:
        """Return the packets as a pandas DataFrame, a row each."""
        return self.packets.to_frame()

    @property
    def table(self) -> Table:
        """The first of them as a table, which says how many there are beside."""
        first = self.packets[0].time_s if len(self.packets) else 0.0
        rows = tuple(_row(packet, first) for packet in self.packets.packets[:MOST_ROWS])
        headings = ("NO>", "TIME>", "SOURCE", "DESTINATION", "PROTOCOL", "BYTES>", "INFO")
        empty = f"None of {self.packets.seen:,} packets in {visible(self.packets.path)} is one."
        if not self.packets.seen:
            empty = f"There is no packet in {visible(self.packets.path)} yet."
        return Table(headings, rows, " ".join((empty, *self.packets.remarks)), self._note(first))

    def _note(self, first: float) -> str:
        hidden = len(self.packets) - MOST_ROWS
        beginning = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(first))
        more = [f"{hidden:,} packets more: to_frame() has them."] if hidden > 0 else []
        return " ".join(
            (f"Times are in seconds from {beginning} on.", *more, *self.packets.remarks)
        )

    def __str__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        table = self.table._repr_html_()
        if not len(self.packets):
            return table
        picture = base64.b64encode(flow(self.packets).encode()).decode()
        return (
            f'<img alt="Who sends what to whom; the table below says it in words." '
            f'style="max-width: 100%" src="data:image/svg+xml;base64,{picture}">{table}'
        )

    def save(self, path: str) -> None:
        """Write the chart (.svg) or the packets (.csv). Raises UsageError when that cannot be."""
        try:
            if path.endswith(".svg"):
                with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
                    file.write(flow(self.packets))
            elif path.endswith(".csv"):
                self.to_frame().to_csv(path, index=False)
            else:
                raise UsageError(f"Cannot write {path}: packets go into .svg or .csv.")
        except OSError as problem:
            raise UsageError(f"Cannot write {path}: {problem.strerror}.") from problem


def _row(packet: Packet, first: float) -> tuple[str, ...]:
    return (
        str(packet.number),
        f"{packet.time_s - first:.6f}",
        _end(packet.source, packet.source_port),
        _end(packet.destination, packet.destination_port),
        packet.protocol,
        f"{packet.length_bytes:,}",
        packet.info,
    )


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def flow(packets: Packets) -> str:
    """Return a sequence diagram of the first packets between the busiest addresses, as SVG."""
    counts = Counter(end for packet in packets for end in (packet.source, packet.destination))
    busiest = [host for host, _ in counts.most_common(MOST_HOSTS)]
    seen = dict.fromkeys(end for packet in packets for end in (packet.source, packet.destination))
    places = {
        host: _LEFT + 100 + _COLUMN * i for i, host in enumerate(h for h in seen if h in busiest)
    }
    shown = [one for one in packets if one.source in places and one.destination in places]
    shown, hidden = shown[:MOST_ARROWS], len(packets) - min(len(shown), MOST_ARROWS)
    height = _TOP + _STEP * (len(shown) + 2)
    width = max(places.values(), default=0) + 240
    first = packets[0].time_s if len(packets) else 0.0
    arrows = [_arrow(one, places, _TOP + _STEP * (i + 1), first) for i, one in enumerate(shown)]
    note = f"{hidden:,} packets more are not drawn." if hidden else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" role="img">'
        f"<title>Who sends what to whom</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f"{''.join(_lifeline(host, x, height) for host, x in places.items())}"
        f"{''.join(arrows)}"
        f'<text x="8" y="{height - 8}" fill="#333">{escape(note)}</text></svg>'
    )


def _lifeline(host: str, x: int, height: int) -> str:
    return (
        f'<text x="{x}" y="20" text-anchor="middle" font-weight="bold" fill="#222">'
        f"{escape(visible(host))}</text>"
        f'<line x1="{x}" y1="28" x2="{x}" y2="{height - 24}" stroke="#bbb"/>'
    )


def _arrow(packet: Packet, places: dict[str, int], y: int, first: float) -> str:
    begin, end = places[packet.source], places[packet.destination]
    colour = _COLOURS.get(packet.protocol, _OTHER)
    text = f"{packet.protocol} {packet.info}"
    shown = text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"
    if begin == end:
        path, middle = f"M{begin} {y}h30v8h-28", begin + 70
    else:
        back = -6 if end > begin else 6
        path, middle = f"M{begin} {y}H{end}m{back} -4L{end} {y}l{back} 4", (begin + end) // 2
    return (
        f"<g><title>{escape(visible(text))}</title>"
        f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end" fill="#666">'
        f"{packet.time_s - first:.6f}</text>"
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/>'
        f'<text x="{middle}" y="{y - 4}" text-anchor="middle" fill="{colour}">'
        f"{escape(visible(shown))}</text></g>"
    )
