"""Packets of a capture, as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Packet:
    """A frame in words.

    `number` counts from 1 in the file; `time_s` is since 1970. `source` and `destination` are
    addresses, of IP where there is one, else of Ethernet; ports are those of TCP and UDP, or None.
    `length_bytes` is the frame's on the wire, and `info` what it says.
    """

    number: int
    time_s: float
    source: str
    destination: str
    protocol: str
    length_bytes: int
    info: str
    source_port: int | None = None
    destination_port: int | None = None


@dataclass(frozen=True)
class PacketFilter:
    """Which packets are wanted: all those that are as each of these says that is not None."""

    protocol: str | None = None
    port: int | None = None
    host: str | None = None

    def wants(self, packet: Packet, layers: frozenset[str]) -> bool:
        """Whether a packet is wanted, which is of these protocols, such as {"tcp", "http"}."""
        ports = (packet.source_port, packet.destination_port)
        return (
            (self.protocol is None or self.protocol in layers)
            and (self.port is None or self.port in ports)
            and (self.host is None or self.host in (packet.source, packet.destination))
        )


@dataclass(frozen=True)
class Packets:
    """The packets of a capture that were wanted, in their order.

    `path` is the file, `seen` how many packets were looked at, and `remarks` say what is not here:
    more than is kept, and where the file is damaged.
    """

    path: str
    packets: tuple[Packet, ...]
    seen: int
    remarks: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.packets)

    def __iter__(self) -> Iterator[Packet]:
        return iter(self.packets)

    def __getitem__(self, number: int) -> Packet:
        return self.packets[number]

    def to_frame(self) -> pd.DataFrame:
        """Return the packets as a pandas DataFrame, a row each."""
        import pandas as pd

        return pd.DataFrame([asdict(packet) for packet in self.packets])
