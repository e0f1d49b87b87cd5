"""Packets of a capture, as values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from unikernel.errors import UsageError, did_you_mean

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


PROTOCOLS = ("arp", "dhcp", "dns", "http", "icmp", "icmpv6", "ipv4", "ipv6", "mdns", "tcp", "udp")
_LARGEST_PORT = 0xFFFF
_ETHERNET_ADDRESS = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True)
class PacketFilter:
    """Which packets are wanted: those of any of these protocols, ports, and addresses.

    What is empty narrows nothing. Raises UsageError for what cannot be in any packet.
    """

    protocols: Sequence[str] = ()
    ports: Sequence[int] = ()
    hosts: Sequence[str] = ()

    def __post_init__(self) -> None:
        for one in fields(self):
            values = getattr(self, one.name)
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise UsageError(
                    f"{one.name} of a PacketFilter are several: ({values!r},), not {values!r}."
                )
        for protocol in self.protocols:
            if protocol not in PROTOCOLS:
                hint = did_you_mean(str(protocol), PROTOCOLS)
                raise UsageError(f"Packets are not told by {protocol!r}.", hint=hint)
        for port in self.ports:
            _check_port(port)
        object.__setattr__(self, "hosts", tuple(map(_address, self.hosts)))

    def wants(self, packet: Packet, layers: frozenset[str]) -> bool:
        """Whether a packet is wanted, which is of these protocols, such as {"tcp", "http"}."""
        ports = (packet.source_port, packet.destination_port)
        return (
            (not self.protocols or any(one in layers for one in self.protocols))
            and (not self.ports or any(one in ports for one in self.ports))
            and (
                not self.hosts
                or any(one in (packet.source, packet.destination) for one in self.hosts)
            )
        )

    def __str__(self) -> str:
        """Return what is wanted, to follow "none is"."""
        ends = [
            *([f"port {' or '.join(map(str, self.ports))}"] if self.ports else []),
            *([f"address {' or '.join(self.hosts)}"] if self.hosts else []),
        ]
        words = " or ".join(one.upper() for one in self.protocols)
        return f"{words} from or to {' and '.join(ends)}".strip() if ends else words


def _check_port(port: object) -> None:
    if not (isinstance(port, int) and 0 < port <= _LARGEST_PORT):
        raise UsageError(f"{port!r} is no port: those are 1 to {_LARGEST_PORT}.")


def _address(text: str) -> str:
    """Return an address of IP or Ethernet as packets have it. Raises UsageError."""
    if _ETHERNET_ADDRESS.fullmatch(str(text).lower()):
        return text.lower()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise UsageError(
            f"{text!r} is no address: packets are told by IP addresses, or Ethernet's.",
            hint="Such as 10.0.2.2, fe80::1 or 52:54:00:12:34:56.",
        ) from None


@dataclass(frozen=True)
class Packets:
    """The packets of a capture that were wanted, in their order.

    `path` is the file, `seen` how many packets were looked at, and `remarks` say what is not here:
    more than is kept, and where the file is damaged. `began_s` is the time of the file's first
    packet, in seconds since 1970, wanted or not.
    """

    path: str
    packets: tuple[Packet, ...]
    seen: int
    remarks: Sequence[str] = ()
    began_s: float = 0.0
    wanted: PacketFilter = field(default_factory=PacketFilter)

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
