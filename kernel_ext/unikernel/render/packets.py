"""The packets of a capture as a table, and as a chart of who sends what to whom.

The chart is a sequence diagram (UML 2.5.1, clause 17): a vertical line for each address, time
downwards, an arrow for each packet, and what it says at its left. The table says the same.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.model.calls.saving import saved
from unikernel_toolchain.messages.visible import visible

from .pictures import svg
from .results import Result, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from unikernel.model.debugging.packets import Packet, Packets

MOST_ROWS = 200
MOST_ARROWS, MOST_HOSTS = 60, 6
_NARROWEST, _STEP, _TOP, _LEFT = 110, 20, 44, 84  # pixels
_BOLD = 8  # of a letter
_HOST_CHARACTERS, _TEXT_CHARACTERS = 18, 80
_COLOURS = {"TCP": "#0072b2", "HTTP": "#009e73", "UDP": "#d55e00", "DNS": "#cc79a7"}


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
        began_s = self.packets.began_s
        rows = tuple(_row(packet, began_s) for packet in self.packets.packets[:MOST_ROWS])
        headings = ("NO>", "TIME>", "SOURCE", "DESTINATION", "PROTOCOL", "BYTES>", "INFO")
        return Table(headings, rows, self._nothing(), self._note())

    def _nothing(self) -> str:
        path, wanted = visible(self.packets.path), self.packets.wanted
        if not self.packets.seen:
            return " ".join((f"There is no packet in {path} yet.", *self.packets.remarks))
        asks = "A guest that is told its address at boot does not ask for one."
        return " ".join(
            (
                f"None of {self.packets.seen:,} packets in {path} is {wanted}.",
                *([asks] if "dhcp" in wanted.protocols else []),
                *self.packets.remarks,
            )
        )

    def _note(self) -> str:
        hidden = len(self.packets) - MOST_ROWS
        beginning = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.packets.began_s))
        more = [f"{hidden:,} packets more: to_frame() has them."] if hidden > 0 else []
        return " ".join(
            (
                f"Times are in seconds from the capture's first packet on, {beginning}.",
                *more,
                *self.packets.remarks,
            )
        )

    def __str__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        table = self.table._repr_html_()
        if not len(self.packets):
            return table
        alternative = "Who sends what to whom; the table below says it in words."
        return f"{svg.image(flow(self.packets), alternative)}{table}"

    def save(self, path: str) -> None:
        """Write the chart (.svg) or the packets (.csv). Raises UsageError when that cannot be."""
        suffix = Path(path).suffix.lower()
        if suffix not in (".svg", ".csv"):
            raise UsageError(f"Cannot write {path}: packets go into .svg or .csv.")
        is_chart = suffix == ".svg"
        text = flow(self.packets) if is_chart else self.to_frame().to_csv(index=False)
        with saved(path) as file:
            file.write_text(text, encoding="utf-8")


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
    places = _places(packets)
    shown = [one for one in packets if one.source in places and one.destination in places]
    shown, hidden = shown[:MOST_ARROWS], len(packets) - min(len(shown), MOST_ARROWS)
    texts = [svg.short(f"{one.protocol} {one.info}", _TEXT_CHARACTERS) for one in shown]
    begin = _LEFT + svg.CHARACTER * max(map(len, texts), default=0)
    places = {host: begin + x for host, x in places.items()}
    width = max(places.values(), default=0) + _NARROWEST
    height = _TOP + _STEP * (len(shown) + 1)
    rows = (
        _arrow(one, places, _TOP + _STEP * at, packets.began_s)
        + svg.text(_LEFT + 12, _TOP + _STEP * at + 4, words)
        for at, (one, words) in enumerate(zip(shown, texts, strict=True))
    )
    lines = (_lifeline(host, x, height - _STEP) for host, x in places.items())
    note = f"Not drawn, but in the table: {hidden:,} of {len(packets):,}." if hidden else ""
    body = "".join((*lines, *rows, svg.text(8, height - 8, note)))
    return svg.document("Who sends what to whom", width, height, body)


def _places(packets: Packets) -> dict[str, int]:
    """Return where the busiest addresses have their lines, in the order of what they say."""
    ends = [end for packet in packets for end in (packet.source, packet.destination)]
    busiest = {host for host, _ in Counter(ends).most_common(MOST_HOSTS)}
    seen = [host for host in dict.fromkeys(ends) if host in busiest]
    longest = min(max(map(len, seen), default=0), _HOST_CHARACTERS)
    column = max(_NARROWEST, _BOLD * longest)
    return {host: column // 2 + column * at for at, host in enumerate(seen)}


def _lifeline(host: str, x: int, bottom: int) -> str:
    name = svg.shortened_within(host, _HOST_CHARACTERS)
    return (
        svg.text(x, 18, name, 'text-anchor="middle" font-weight="bold"')
        + f'<line x1="{x}" y1="26" x2="{x}" y2="{bottom}" stroke="{svg.LINE}"/>'
    )


def _arrow(packet: Packet, places: dict[str, int], y: int, began_s: float) -> str:
    begin, end = places[packet.source], places[packet.destination]
    colour = _COLOURS.get(packet.protocol, svg.TEXT)
    back = -6 if end > begin else 6
    path = f"M{begin} {y}H{end}m{back} -4L{end} {y}l{back} 4"
    if begin == end:
        path = f"M{begin} {y - 4}h20v8h-18"
    time_text = svg.text(_LEFT, y + 4, f"{packet.time_s - began_s:.6f}", 'text-anchor="end"')
    return f'{time_text}<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
