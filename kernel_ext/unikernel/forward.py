"""Forwards: ports of the host that lead to ports of a guest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Literal, cast

from .errors import UsageError

Protocol = Literal["tcp", "udp"]
Ports = Mapping[int, int] | Iterable["str | Forward"]
LOOPBACK = "127.0.0.1"
EVERYBODY = "0.0.0.0"  # noqa: S104 (a name for it; nothing is bound to it unasked)
ANY_PORT = 0

_TEXT = re.compile(
    r"((?P<address>[^:]*):)?(?P<host>\d+):(?P<guest>\d+)(/(?P<protocol>\w+))?", re.ASCII
)


@dataclass(frozen=True)
class Forward:
    """`host_address`:`host_port` of the host leads to `guest_port` of the guest.

    Only this host can use it unless `host_address` says otherwise (0.0.0.0: everybody). Host port
    0 stands for one that is free when the machine is booted.
    """

    host_port: int
    guest_port: int
    protocol: Protocol = "tcp"
    host_address: str = LOOPBACK

    def __post_init__(self) -> None:
        if not 0 <= self.host_port <= 0xFFFF or not 1 <= self.guest_port <= 0xFFFF:
            raise UsageError(f"{self} is no port forward: ports are 1 to 65535.")
        if self.protocol not in ("tcp", "udp"):
            raise UsageError(f"Only tcp and udp ports are forwarded, not {self.protocol!r}.")
        try:
            IPv4Address(self.host_address)
        except AddressValueError as error:
            raise UsageError(
                f"{self.host_address!r} is no IPv4 address of this host.",
                hint="127.0.0.1 is for this host alone, 0.0.0.0 for everybody.",
            ) from error

    def __str__(self) -> str:
        """Return the text form, which `parse` reads."""
        address = "" if self.host_address == LOOPBACK else f"{self.host_address}:"
        protocol = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{address}{self.host_port}:{self.guest_port}{protocol}"

    @property
    def end(self) -> str:
        """The host's end, such as "127.0.0.1:8080/tcp"."""
        return f"{self.host_address}:{self.host_port}/{self.protocol}"

    def meets(self, other: Forward) -> bool:
        """Whether both want the same port of the host."""
        if self.host_port == ANY_PORT:
            return False
        addresses = {self.host_address, other.host_address}
        same = (self.host_port, self.protocol) == (other.host_port, other.protocol)
        return same and (len(addresses) == 1 or EVERYBODY in addresses)


def parse(text: str) -> Forward:
    """Return the forward of `[ADDRESS:]HOST:GUEST[/udp]`. Raises UsageError."""
    match = _TEXT.fullmatch(text)
    if not match:
        raise UsageError(
            f"{text!r} is no port forward.",
            hint="Write host port, colon, guest port: 8080:80, 8053:53/udp, 0.0.0.0:8080:80.",
        )
    return Forward(
        int(match["host"]),
        int(match["guest"]),
        cast("Protocol", match["protocol"] or "tcp"),
        match["address"] or LOOPBACK,
    )


def forwards(ports: Ports) -> tuple[Forward, ...]:
    """Return forwards from {host port: guest port}, or from words and forwards.

    Raises UsageError, also when two want the same port of the host.
    """
    if isinstance(ports, str):
        ports = (ports,)
    if isinstance(ports, Mapping):
        found = tuple(Forward(host, guest) for host, guest in ports.items())
    else:
        found = tuple(parse(one) if isinstance(one, str) else one for one in ports)
    refuse_twice(found)
    return found


def refuse_twice(wanted: Iterable[Forward]) -> None:
    """Raise UsageError when two of `wanted` want the same port of the host."""
    seen: list[Forward] = []
    for one in wanted:
        if any(one.meets(other) for other in seen):
            raise UsageError(
                f"Host port {one.end} is forwarded twice.", hint="Choose another host port."
            )
        seen.append(one)
