"""What a guest on a user network reaches: its frames against services of this host."""

import select
import socket
import struct
from ipaddress import ip_address

import pytest
from support.networks.process_networks import MAC, REQUEST, Running, arp, is_arp_reply

from unikernel.model.network import user

PATIENCE_S = 20
TCP, UDP = 6, 17
SYN = 2
GATEWAY_6 = "fec0::2"  # the host, as QEMU's NAT shows it over IPv6
PLACES = ("10.0.2.2", "127.0.0.1", "10.0.2.255", "255.255.255.255")


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def segment(protocol, port):
    """Return a TCP segment that opens a connection, or a datagram, and where its checksum is."""
    if protocol == TCP:
        return struct.pack(">HHIIBBHHH", 4000, port, 1, 0, 5 << 4, SYN, 8192, 0, 0), 16
    payload = b"from a guest"
    return struct.pack(">HHHH", 4000, port, 8 + len(payload), 0) + payload, 6


def frame(protocol, address, port, gateway_mac):
    destination = ip_address(address)
    source = ip_address("10.0.2.15" if destination.version == 4 else "fec0::15")
    body, at = segment(protocol, port)
    pseudo = source.packed + destination.packed + struct.pack(">HH", protocol, len(body))
    body = body[:at] + struct.pack(">H", checksum(pseudo + body)) + body[at + 2 :]
    if destination.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
        return gateway_mac + MAC + b"\x86\xdd" + head + source.packed + destination.packed + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0)
    head += source.packed + destination.packed
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return gateway_mac + MAC + b"\x08\x00" + head + body


class Service:
    """Something of this host that only this host is to reach, over TCP or UDP."""

    def __init__(self, protocol, family):
        self.protocol = protocol
        kind = socket.SOCK_STREAM if protocol == TCP else socket.SOCK_DGRAM
        self.socket = socket.socket(family, kind)
        self.socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        if protocol == TCP:
            self.socket.listen()
        self.port = self.socket.getsockname()[1]

    def is_reached(self, within_s):
        """A connection or datagram is here as soon as the NAT has asked the kernel for it."""
        return bool(select.select([self.socket], [], [], within_s)[0])


def reaches(folder, network, protocol, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    service = Service(protocol, family)
    with service.socket, Running(folder, {"service": network}) as here:
        guest = here.guests[0]
        guest.end.send(arp(REQUEST))
        gateway_mac = guest.receive(is_arp_reply)[6:12]
        guest.end.send(frame(protocol, address, service.port, gateway_mac))
        expected = address == "10.0.2.2" and "host" in network.reach
        if not expected:  # what was sent before this request was dealt with before its reply
            guest.end.send(arp(REQUEST))
            guest.receive(is_arp_reply)
        return service.is_reached(PATIENCE_S if expected else 0)


@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize("address", [*PLACES, GATEWAY_6])
@pytest.mark.parametrize("message", ["", "udp port", "internet"])
def test_nothing_of_this_hosts_own_answers_a_guest(tmp_path, message, address, protocol):
    networks = {
        "": user(),
        "udp port": user(ports=["0:53/udp"]),
        "internet": user(internet=True),
    }
    from unikernel.networks.ports import chosen

    network = chosen({"": networks[message]})[""]
    assert not reaches(tmp_path, network, protocol, address)


@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize("word", [{"host": True}, {"host": True, "internet": True}])
def test_until_the_word_that_opens_it_is_given(tmp_path, word, protocol):
    assert reaches(tmp_path, user(**word), protocol, "10.0.2.2")
