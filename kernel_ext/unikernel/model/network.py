"""Networks: what a guest's network devices are wired to on the host. Values only.

    user()          QEMU's own network, for processes too: host ports are forwarded to the guest,
                    and it reaches what it is allowed to
    tap()           an interface of the host, fast, for real tools; needs privileges
    lan("lab")      an Ethernet segment that several guests share; needs none

Each has a text form, the one of `--net`: `user`, `tap:tap0,address=10.1.0.1/24`, `lan:lab`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network, NetmaskValueError
from typing import Any, ClassVar

from unikernel.errors import UsageError

from .calls.arguments import checked_fields
from .port_forward import Forward, Ports, forwards

_UNICAST_MAC = r"[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}"  # bit 0 of a group address is 1
MTU_LIMITS = (576, 65_535)
USER_GUEST = "10.0.2.15/24"
TAP_HOST = "10.0.0.1/24"
INTERFACE_NAME = r"[^\s/:,%=]{1,15}"  # IFNAMSIZ less the NUL; % asks the kernel for a number
REACH = ("internet", "host")  # options of a user network, each a field of User
THIS_NETWORK = IPv4Network("0.0.0.0/8")  # of hosts that have no address yet
SEGMENT_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"


@dataclass(frozen=True, kw_only=True)
class Network:
    """What is common to all kinds.

    `guest` is the address the guest learns at boot, with its prefix length; `mac` the device's
    address, by default one made from the names of machine and device. `mtu` is the largest packet
    in bytes that the device announces. `offload` offers checksums and segmentation to the guest
    where the network can do them.
    """

    kind: ClassVar[str]
    name_field: ClassVar[str | None] = None  # the field that stands after the colon

    guest: str | None = None
    mac: str | None = None
    mtu: int | None = None
    offload: bool = True

    def __post_init__(self) -> None:
        if self.guest is not None:
            _interface_of_host(self.guest)
        if self.mac is not None and not re.fullmatch(_UNICAST_MAC, self.mac):
            raise UsageError(
                f"{self.mac!r} is no device's MAC address.",
                hint="Six bytes, the first even, such as 52:54:00:12:34:56.",
            )
        least, most = MTU_LIMITS
        if self.mtu is not None and not least <= self.mtu <= most:
            raise UsageError(f"An MTU is {least} to {most} bytes; {self.mtu} is not.")

    @property
    def guest_address(self) -> str | None:
        """The guest's address and prefix length; None when nobody gave one."""
        return self.guest

    @property
    def gateway(self) -> str | None:
        """The guest's way to other networks; None when there is none."""
        return None

    @property
    def resolver(self) -> str | None:
        """The DNS server that the guest learns of; None when there is none."""
        return None

    @property
    def forwards(self) -> tuple[Forward, ...]:
        """The host's ports that lead to the guest."""
        return ()

    def __str__(self) -> str:
        """Return the text form, which `parse` reads."""
        name = getattr(self, self.name_field) if self.name_field else None
        return ",".join([f"{self.kind}:{name}" if name else self.kind, *self._options()])

    def _options(self) -> list[str]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        options = [
            name if name in REACH else f"{name}={_option_value(value)}"
            for name, value in values.items()
            if name not in {self.name_field, "ports"} and value != getattr(type(self), name)
        ]
        return [*(f"port={forward}" for forward in self.forwards), *options]


@checked_fields
@dataclass(frozen=True, kw_only=True)
class User(Network):
    """QEMU's user-mode network: a NAT in QEMU's process, without privileges.

    The guest's network is the one of `guest`; `router` in it (.2 by default) is the gateway and the
    host, `dns` (.3 by default) forwards to the host's resolver. Forwarded ports lead to the guest;
    the guest itself reaches nothing, except with `internet` what the host reaches elsewhere, its
    resolver included, and with `host` the host itself, its services on 127.0.0.1 included. Ping
    does not come in from outside.
    """

    kind: ClassVar[str] = "user"

    ports: tuple[Forward, ...] = ()
    router: str | None = None
    dns: str | None = None
    internet: bool = False
    host: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        guest = _interface(self.guest_address)
        if guest.network.prefixlen > 28:
            raise UsageError(
                f"{guest} leaves no room for the gateway and the name server.",
                hint="A user network has a prefix length of at most 28.",
            )
        for address in (self.router, self.dns):
            if address is not None:
                _inside(address, guest)
        named = {"guest": str(guest.ip), "router": self.gateway, "dns": self.name_server}
        if len(set(named.values())) < len(named):
            told = ", ".join(f"{name}={ip}" for name, ip in named.items())
            raise UsageError(f"Guest, router and name server have an address each: {told}.")
        guest_ports = [port.guest_port for port in self.ports if port.protocol == "udp"]
        for number in guest_ports:
            if guest_ports.count(number) > 1:  # libslirp answers by the guest's port alone
                raise UsageError(
                    f"Two ports of the host cannot lead to UDP port {number} of a guest.",
                    hint="Forward one of them; TCP has no such limit.",
                )

    @property
    def guest_address(self) -> str:
        """The guest's address and prefix length."""
        return self.guest or USER_GUEST

    @property
    def gateway(self) -> str:
        """The host, as the guest sees it."""
        return self.router or self._free(2, 1, 4)

    @property
    def name_server(self) -> str:
        """What forwards to the host's resolver."""
        return self.dns or self._free(3, 4, 1)

    @property
    def resolver(self) -> str | None:
        """The way to the host's resolver, for a guest that may reach the internet."""
        return self.name_server if self.internet else None

    def _free(self, *numbers: int) -> str:
        """Return the first of these addresses of the network that nobody was given."""
        guest = _interface(self.guest_address)
        given = {str(guest.ip), self.router, self.dns}
        return next(ip for n in numbers if (ip := str(guest.network[n])) not in given)

    @property
    def forwards(self) -> tuple[Forward, ...]:
        """The host's ports that lead to the guest."""
        return self.ports

    @property
    def reach(self) -> tuple[str, ...]:
        """What the guest may reach beyond its network: "internet", "host"."""
        return tuple(option for option in REACH if getattr(self, option))

    @property
    def needs_filter(self) -> bool:
        """Whether "all" or "nothing", which is what QEMU's own `restrict` knows, does not do."""
        if not self.reach:
            return any(port.protocol == "udp" for port in self.forwards)
        return self.reach != REACH


@checked_fields
@dataclass(frozen=True, kw_only=True)
class Tap(Network):
    """An interface of the host whose other end is the guest's device.

    Without `interface`, or with the name of none that exists, one is made for the machine and
    goes with it; it gets `address`, by default in the first subnet from 10.0.0.0/24 on that the
    host does not use. One that exists is used as it is.
    """

    kind: ClassVar[str] = "tap"
    name_field: ClassVar[str | None] = "interface"

    interface: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.interface is not None and not re.fullmatch(INTERFACE_NAME, self.interface):
            raise UsageError(
                f"{self.interface!r} cannot be an interface's name.",
                hint="It has 1 to 15 characters, no blanks, and none of / : , % =",
            )
        host = _interface_of_host(self.host_address)
        if _interface(self.guest_address).ip == host.ip:
            raise UsageError(f"Host and guest both have {host.ip}.", hint="Give one another.")
        _inside(str(_interface(self.guest_address).ip), host)

    @property
    def host_address(self) -> str:
        """The host's address and prefix length on an interface made for the machine."""
        return self.address or TAP_HOST

    @property
    def guest_address(self) -> str:
        """The guest's address: the one after the host's unless given."""
        host = _interface(self.host_address)
        return self.guest or f"{host.ip + 1}/{host.network.prefixlen}"

    @property
    def gateway(self) -> str:
        """The host."""
        return str(_interface(self.host_address).ip)


@checked_fields
@dataclass(frozen=True, kw_only=True)
class Lan(Network):
    """A segment that guests of this user share by its name, in whatever process they run."""

    kind: ClassVar[str] = "lan"
    name_field: ClassVar[str | None] = "segment"

    segment: str = "lan"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not re.fullmatch(SEGMENT_NAME, self.segment):
            raise UsageError(
                f"{self.segment!r} cannot name a segment.",
                hint="Use 1 to 32 letters, digits and - _ . and begin with a letter or digit.",
            )


def user(ports: Ports = (), **options: Any) -> User:
    """Return a user network; `ports` are {host: guest} or texts such as "8053:53/udp".

    Options: internet, host (what the guest may reach), router, dns, guest, mac, mtu, offload.
    Raises UsageError.
    """
    return User(ports=forwards(ports), **options)


def tap(interface: str | None = None, **options: Any) -> Tap:
    """Return a tap; options: address (of the host), guest, mac, mtu, offload. Raises UsageError."""
    return Tap(interface=interface, **options)


def lan(segment: str, **options: Any) -> Lan:
    """Return a segment; options: guest, mac, mtu, offload. Raises UsageError."""
    return Lan(segment=segment, **options)


def _interface(text: str) -> IPv4Interface:
    try:
        return IPv4Interface(text)
    except (AddressValueError, NetmaskValueError) as error:
        raise UsageError(
            f"{text!r} is no IPv4 address with a prefix length: {error}.",
            hint="Write it like 10.0.0.2/24.",
        ) from error


def _interface_of_host(text: str) -> IPv4Interface:
    """Raise UsageError for an address that no host can have (RFC 1122, section 3.2.1.3)."""
    interface = _interface(text)
    ip = interface.ip
    if ip.is_multicast or ip.is_loopback or ip.is_reserved or ip in THIS_NETWORK:
        raise UsageError(
            f"{ip} is no host's address: it is a multicast, a loopback or a reserved one.",
            hint="Private networks are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16.",
        )
    _inside(str(ip), interface)
    return interface


def _inside(address: str, interface: IPv4Interface) -> None:
    """Raise UsageError unless `address` is one that a host of the interface's network can have."""
    network = interface.network
    try:
        host = IPv4Address(address)
    except AddressValueError as error:
        raise UsageError(f"{address!r} is no IPv4 address.") from error
    first, last = (1, -2) if network.prefixlen < 31 else (0, -1)
    if not network[first] <= host <= network[last]:
        raise UsageError(
            f"{address} is no host's address in the subnet {network}.",
            hint=f"Hosts there are {network[first]} to {network[last]}.",
        )


def _option_value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
