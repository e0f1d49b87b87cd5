"""A frame in words: Ethernet, ARP, IPv4, IPv6, ICMP, UDP, TCP; DNS, DHCP and HTTP's first line.

dpkt takes frames apart. It raises whatever it meets on bytes that are no packet; such a frame is
told as far as it was understood. What a guest sends ends here in bounded, visible text.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import dpkt
from dpkt.utils import inet_to_str, mac_to_str

from unikernel.model.debugging.packets import Packet
from unikernel_toolchain.messages.visible import visible

from . import applications
from .capture_file import Frame

Layers = frozenset[str]

INFO_CHARACTERS = 160
MOST_FLOWS = 10_000  # whose sequence numbers are told from their first
# What dpkt raises on bytes that are no packet: of 60,000 damaged frames, 430 raised no dpkt.Error.
DAMAGE = (dpkt.Error, struct.error, LookupError, ValueError, TypeError, AttributeError)
_FLAGS = (
    (dpkt.tcp.TH_SYN, "SYN"),
    (dpkt.tcp.TH_FIN, "FIN"),
    (dpkt.tcp.TH_RST, "RST"),
    (dpkt.tcp.TH_PUSH, "PSH"),
    (dpkt.tcp.TH_ACK, "ACK"),
)
_ICMP = {0: "echo reply", 3: "unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded"}
_ICMP6 = dict(
    zip(
        (1, 2, 3, 128, 129, 133, 134, 135, 136, 143),
        (
            *("unreachable", "packet too big", "time exceeded", "echo request", "echo reply"),
            *("router solicitation", "router advertisement"),
            *("neighbour solicitation", "neighbour advertisement", "multicast report"),
        ),
        strict=True,
    )
)
_UNREACHABLE = {0: "network", 1: "host", 2: "protocol", 3: "port", 4: "fragmentation needed"}


class Decoder:
    """Decodes the frames of one capture in their order."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, int, str, int], int] = {}  # sequence number, by direction

    def packet(self, number: int, frame: Frame) -> tuple[Packet, Layers]:
        """Return a frame in words, and the protocols it is of."""
        found = _Words(number, frame)
        try:
            self._ethernet(found, dpkt.ethernet.Ethernet(frame.data))
        except DAMAGE:
            found.info = found.info or "damaged, or cut off"
            found.layers.add("damaged")
        return found.packet()

    def _ethernet(self, found: _Words, frame: Any) -> None:
        found.source, found.destination = mac_to_str(frame.src), mac_to_str(frame.dst)
        inner = frame.data
        if isinstance(inner, dpkt.arp.ARP):
            found.say("ARP", _arp(inner))
        elif isinstance(inner, dpkt.ip.IP | dpkt.ip6.IP6):
            self._internet(found, inner)
        else:
            found.say("Ethernet", f"type {frame.type:#06x}")

    def _internet(self, found: _Words, packet: Any) -> None:
        found.source, found.destination = inet_to_str(packet.src), inet_to_str(packet.dst)
        version = "IPv4" if isinstance(packet, dpkt.ip.IP) else "IPv6"
        found.say(version, f"protocol {packet.p}")
        if version == "IPv4" and packet.offset:
            found.say("IPv4", f"fragment at {packet.offset} of protocol {packet.p}")
            return
        inner = packet.data
        if isinstance(inner, dpkt.tcp.TCP):
            self._tcp(found, inner)
        elif isinstance(inner, dpkt.udp.UDP):
            _udp(found, inner)
        elif isinstance(inner, dpkt.icmp.ICMP):
            found.say("ICMP", _icmp(inner, _ICMP, unreachable=3))
        elif isinstance(inner, dpkt.icmp6.ICMP6):
            found.say("ICMPv6", _icmp(inner, _ICMP6, unreachable=-1))

    def _tcp(self, found: _Words, segment: Any) -> None:
        found.ports = (segment.sport, segment.dport)
        flags = ", ".join(name for bit, name in _FLAGS if segment.flags & bit)
        way = (found.source, segment.sport, found.destination, segment.dport)
        back = (*way[2:], *way[:2])
        sequence = (segment.seq - self._base(way, segment.seq)) & 0xFFFFFFFF
        text = f"[{flags}] seq {sequence}"
        if segment.flags & dpkt.tcp.TH_ACK:
            text += f" ack {(segment.ack - self._base(back, segment.ack - 1)) & 0xFFFFFFFF}"
        found.say("TCP", f"{text} win {segment.win} len {len(segment.data)}")
        if line := applications.http(segment.data):
            found.say("HTTP", line)

    def _base(self, way: tuple[str, int, str, int], sequence: int) -> int:
        if way not in self._first and len(self._first) < MOST_FLOWS:
            self._first[way] = sequence
        return self._first.get(way, 0)


class _Words:
    """What is known of a frame so far."""

    def __init__(self, number: int, frame: Frame) -> None:
        self._number, self._frame = number, frame
        self.source = self.destination = "?"
        self.protocol, self.info = "Ethernet", ""
        self.ports: tuple[int | None, int | None] = (None, None)
        self.layers: set[str] = set()

    def say(self, protocol: str, info: str) -> None:
        self.protocol, self.info = protocol, info
        self.layers.add(protocol.lower())

    def packet(self) -> tuple[Packet, Layers]:
        text = visible(self.info)
        if len(text) > INFO_CHARACTERS:
            text = f"{text[: INFO_CHARACTERS - 1]}…"
        packet = Packet(
            self._number,
            self._frame.time_s,
            self.source,
            self.destination,
            self.protocol,
            self._frame.length_bytes,
            text,
            *self.ports,
        )
        return packet, frozenset(self.layers)


def _arp(packet: Any) -> str:
    sender, target = inet_to_str(packet.spa), inet_to_str(packet.tpa)
    if packet.op == dpkt.arp.ARP_OP_REQUEST:
        return f"who has {target}? tell {sender}"
    return f"{sender} is at {mac_to_str(packet.sha)}"


def _udp(found: _Words, datagram: Any) -> None:
    found.ports = (datagram.sport, datagram.dport)
    found.say("UDP", f"{len(datagram.data)} bytes")
    for port in found.ports:
        protocol, read = _APPLICATIONS.get(port or 0, ("", None))
        if read and (text := _tried(read, datagram.data)):
            found.say(protocol, text)
            return


def _tried(read: Callable[[bytes], str], data: bytes) -> str:
    try:
        return read(data)
    except DAMAGE:
        return ""


def _icmp(packet: Any, names: dict[int, str], unreachable: int) -> str:
    text = names.get(packet.type, f"type {packet.type}, code {packet.code}")
    if packet.type == unreachable:
        return f"{_UNREACHABLE.get(packet.code, f'code {packet.code}')} {text}"
    if "echo" in text:
        echo = packet.data
        return f"{text}, id {echo.id}, number {echo.seq}"
    return text


_APPLICATIONS: dict[int, tuple[str, Callable[[bytes], str]]] = {
    53: ("DNS", applications.dns),
    5353: ("mDNS", applications.dns),
    67: ("DHCP", applications.dhcp),
    68: ("DHCP", applications.dhcp),
}
