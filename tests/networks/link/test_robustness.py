"""A guest stays as it was: after many connections, with many idle ones, under floods."""

import contextlib
import random
import resource
import socket
import struct
import time

import pytest
from support.networks.impairment import GUEST, HOST, why_not
from support.networks.net_services import DISCARD, connect, memory, served, upload
from support.platforms import ABOVE_DEVICES

CONNECTIONS, IDLE = 10_000, 1000
FRAMES = 20_000
FIRST_FRAMES = 5_000  # then tables, and the pages that a device keeps, are at their bound
FRAMES_AT_ONCE = 100
ROOM_BYTES = 256 << 10  # by which memory may differ: tables that have grown to their bound
IP, TCP, SYN = b"\x08\x00", 6, 2

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + 1000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
@pytest.mark.slow
@pytest.mark.parametrize("first", ["host", "guest", "reset"])
def test_connections_leave_no_memory_behind(first, platform):
    """Whoever closes first: the guest is then the one that remembers the connection."""
    with served(platform=platform) as (link, _):
        open_and_close(link, 500, first)
        before = memory(link)
        open_and_close(link, CONNECTIONS, first)
        after = memory(link)
    assert_same(before, after)


def open_and_close(link, count, first):
    no_linger = struct.pack("ii", 1, 0)
    with link.host():
        for _ in range(count):
            with socket.create_connection((GUEST, DISCARD), 20) as connection:
                if first == "guest":
                    connection.shutdown(socket.SHUT_WR)
                    assert connection.recv(1) == b""
                elif first == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)


def assert_same(before, after):
    """OCaml's live bytes and the platform's heap differ by less than tables take."""
    assert after[1] - before[1] < ROOM_BYTES, (before, after)
    assert after[2] - before[2] < 4 * ROOM_BYTES, (before, after)


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
def test_a_thousand_connections_stay_open(many_descriptors, platform):
    with served(platform=platform) as (link, _), contextlib.ExitStack() as idle:
        connections = [idle.enter_context(connect(link, DISCARD)) for _ in range(IDLE)]
        theirs, ours = upload(link, 1 << 20)
        assert theirs == ours
        for connection in connections:
            connection.sendall(b"still here")
        link.run("ping", "-c", "1", GUEST)


@contextlib.contextmanager
def raw(link):
    """A packet socket at the host's end, and the Ethernet header that leads to the guest."""
    link.run("ping", "-c", "1", GUEST)
    fields = link.run("ip", "neighbor", "show", GUEST).stdout.split()
    guest = bytes.fromhex(fields[fields.index("lladdr") + 1].replace(":", ""))
    with link.host(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as end:
        end.bind(("host", 0))
        yield end, guest + end.getsockname()[4]


def flood(link, frames):
    """Send frames, each without its addresses; let the guest come along, as a full wire does."""
    with raw(link) as (end, addresses):
        for number, frame in enumerate(frames):
            while True:
                try:
                    end.send(addresses + frame)
                    break
                except OSError:  # the interface's queue is full
                    time.sleep(0.001)
            if number % FRAMES_AT_ONCE == 0:
                link.run("ping", "-c", "1", "-W", "1", GUEST, check=False)


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def packet(source, protocol, payload):
    """An IPv4 packet behind its Ethernet type."""
    to = socket.inet_aton(GUEST)
    fields = (0x45, 0, 20 + len(payload), 1, 0, 64, protocol)
    header = struct.pack(">BBHHHBB", *fields)
    sum_ = struct.pack(">H", checksum(header + b"\0\0" + source + to))
    return IP + header + sum_ + source + to + payload


def syn(random):
    """The first segment of a connection that never comes to be."""
    near = bytes([10, 9, 0, random.randrange(3, 250)])
    source = random.choice([near, random.randbytes(4), socket.inet_aton(HOST)])
    ports = (random.randrange(1024, 65_536), DISCARD)
    header = struct.pack(">HHIIBBHHH", *ports, random.getrandbits(32), 0, 0x50, SYN, 64_240, 0, 0)
    pseudo = source + socket.inet_aton(GUEST) + struct.pack(">HH", TCP, len(header))
    sum_ = struct.pack(">H", checksum(pseudo + header))
    return packet(source, TCP, header[:16] + sum_ + header[18:])


def garbage(random):
    """Bytes with more and more of a right beginning."""
    noise = random.randbytes(random.randrange(1, 1400))
    protocol = random.choice([1, TCP, 17, random.randrange(256)])
    kinds = (IP, b"\x08\x06", b"\x86\xdd", random.randbytes(2), IP + b"\x45", b"\x86\xdd\x60")
    if random.random() < 0.5:
        return packet(socket.inet_aton(HOST), protocol, noise)
    return random.choice(kinds) + noise


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
@pytest.mark.parametrize("kind", [syn, garbage], ids=lambda kind: kind.__name__)
def test_a_flood_leaves_it_serving(kind, platform):
    source = random.Random(kind.__name__)
    with served(platform=platform) as (link, vm):
        flood(link, (kind(source) for _ in range(FIRST_FRAMES)))
        upload(link, 1 << 20)
        before = memory(link)
        flood(link, (kind(source) for _ in range(FRAMES)))
        theirs, ours = upload(link, 1 << 20)
        assert theirs == ours
        assert_same(before, memory(link))
        assert vm.exit is None
    assert link.tallies[0].passed > FRAMES
