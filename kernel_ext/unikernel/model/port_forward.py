"""Forwards: ports of the host that lead to ports of a guest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Literal, SupportsIndex, cast

from unikernel.errors import UsageError

Protocol = Literal["tcp", "udp"]
Ports = Mapping[int, int] | Iterable["str | Forward"]
LOOPBACK = "127.0.0.1"
EVERYBODY = "0.0.0.0"  # noqa: S104 (a name for it; nothing is bound to it unasked)
ANY_PORT = 0
_FORMS = "Write host port, colon, guest port: 8080:80, 8053:53/udp, 0.0.0.0:8080:80."

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
        if not (_is_number(self.host_port) and _is_number(self.guest_port)):
            raise UsageError(
                f"Ports are numbers: {self.host_port!r} to {self.guest_port!r} is no port forward."
            )
        if not 0 <= self.host_port <= 0xFFFF or not 1 <= self.guest_port <= 0xFFFF:
            raise UsageError(f"{self} is no port forward: ports are 1 to 65535.")
        if self.protocol not in ("tcp", "udp"):
            raise UsageError(f"Only tcp and udp ports are forwarded, not {self.protocol!r}.")
        try:
            IPv4Address(str(self.host_address))
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


def _is_number(port: object) -> bool:
    return isinstance(port, SupportsIndex) and not isinstance(port, bool)


def parse(text: str) -> Forward:
    """Return the forward of `[ADDRESS:]HOST:GUEST[/udp]`. Raises UsageError."""
    match = _TEXT.fullmatch(text)
    if not match:
        raise _no_forward(text)
    return Forward(
        int(match["host"]),
        int(match["guest"]),
        cast("Protocol", match["protocol"] or "tcp"),
        match["address"] or LOOPBACK,
    )


def forwards(ports: Ports) -> tuple[Forward, ...]:
    """Return forwards from {host port: guest port}, or from texts and forwards.

    Raises UsageError, also when two want the same port of the host.
    """
    if isinstance(ports, str):
        ports = (ports,)
    if not isinstance(ports, Iterable):
        raise _no_forward(ports)
    if isinstance(ports, Mapping):
        found = tuple(Forward(host, guest) for host, guest in ports.items())
    else:
        found = tuple(parse(one) if isinstance(one, str) else checked(one) for one in ports)
    refuse_twice(found)
    return found


def checked(port: object) -> Forward:
    """Return it. Raises UsageError when it is no Forward."""
    if not isinstance(port, Forward):
        raise _no_forward(port)
    return port


def _no_forward(port: object) -> UsageError:
    return UsageError(f"{port!r} is no port forward.", hint=_FORMS)


def refuse_twice(wanted: Iterable[Forward]) -> None:
    """Raise UsageError when two of `wanted` want the same port of the host."""
    seen: list[Forward] = []
    for one in wanted:
        if any(one.meets(other) for other in seen):
            raise UsageError(
                f"Host port {one.end} is forwarded twice.", hint="Choose another host port."
            )
        seen.append(one)


def refuse_taken(port: Forward, present: Iterable[Forward]) -> None:
    """Raise UsageError when one of a machine's `present` forwards has the host port already."""
    for other in filter(port.meets, present):
        raise UsageError(
            f"Host port {other.end} leads to port {other.guest_port} of the guest already.",
            hint="Choose another host port, 0 for any that is free, or `unforward` that one first.",
        )
