"""A guest of 32 MiB among many peers that misbehave: it serves a good one meanwhile."""

import contextlib
import itertools
import random
import resource
import select
import socket
import time

import pytest
from support.networks.impairment import why_not
from support.networks.net_services import SOURCE, connect, read_all, served, upload
from support.networks.raw_tcp import ACK, SYN, Peer, Wire, segment
from support.platforms import ABOVE_DEVICES

MEMORY_MIB, PEERS, HTTP = 32, 200, 80
LASTS_S = 3
PIECE = bytes(16 << 10)  # from all of them, some more frames than fit on the link
BUSY = 50  # each with an answer in the program's own buffers
WRITERS = 150  # each with a buffer of 64 KiB, a third of the memory in all
CLOSING = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

ENDLESS = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"

pytestmark = [
    pytest.mark.boot,
    pytest.mark.parametrize("platform", ABOVE_DEVICES),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@pytest.fixture(autouse=True)
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, PEERS + 500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def crowd(link, port, greeting, size=PEERS):
    with contextlib.ExitStack() as all_of_them:
        peers = [all_of_them.enter_context(connect(link, port)) for _ in range(size)]
        for peer in peers:
            peer.sendall(greeting)
            peer.setblocking(False)
        yield peers


def send_on(peers, piece):
    """Each sends what its socket takes; return those that were not reset."""
    left = []
    _, writable, _ = select.select([], peers, [], 0.1) if peers else ([], [], [])
    for peer in peers:
        try:
            if peer in writable:
                peer.send(piece)
            left.append(peer)
        except BlockingIOError:
            left.append(peer)
        except (ConnectionResetError, BrokenPipeError):
            pass
    return left


def page(link):
    with connect(link, HTTP) as connection:
        connection.sendall(CLOSING)
        return read_all(connection)


def while_sending(peers, piece, good):
    """What is left of the peers, and how often the good client was served."""
    served_well, ends_at = 0, time.monotonic() + LASTS_S
    while time.monotonic() < ends_at:
        peers = send_on(peers, piece)
        good()
        served_well += 1
    return peers, served_well


def test_who_sends_after_the_close_is_reset(platform):
    with (
        served(name="ocaml_net_http", platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        crowd(link, HTTP, CLOSING) as peers,
    ):
        expected = page(link)
        assert expected.endswith(b"<h1>Hello</h1>")

        def good():
            assert page(link) == expected

        left, times = while_sending(peers, PIECE, good)
        assert not left
        assert times > 0
        assert vm.exit is None


def test_echoes_that_are_never_read_wait_with_their_writers(platform):
    with (
        served(name="ocaml_net_http", platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        crowd(link, HTTP, ENDLESS) as peers,
    ):
        expected = page(link)

        def good():
            assert page(link) == expected

        left, times = while_sending(peers, PIECE, good)
        assert len(left) == PEERS
        assert times > 0
        assert vm.exit is None


def test_answers_that_are_never_read_wait_with_their_writers(platform):
    """Each in blocks of 64 KiB, of which the program makes the next when it may write it."""
    with (
        served(platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        crowd(link, SOURCE, b"100000000\n", WRITERS),
    ):

        def good():
            theirs, ours = upload(link, 1 << 18)
            assert theirs == ours

        _, times = while_sending([], b"", good)
        assert times > 0
        assert vm.exit is None


def test_single_bytes_that_are_never_read_are_bounded(platform):
    """The program reads a line, then is busy with an answer that nobody takes."""
    with (
        served(platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        crowd(link, SOURCE, b"100000000\n", BUSY) as peers,
    ):
        for peer in peers:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def good():
            for _ in range(100):
                send_on(peers, b"x")
            theirs, ours = upload(link, 1 << 18)
            assert theirs == ours

        _, times = while_sending(peers, b"x", good)
        assert times > 0
        assert vm.exit is None


def test_a_flood_of_syns_from_its_own_subnet(platform):
    source = random.Random(5)
    with (
        served(name="ocaml_net_http", platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        Wire(link) as wire,
    ):
        expected = page(link)

        def good():
            for _ in range(1000):
                address = f"10.9.0.{source.randrange(3, 250)}"
                ports = (source.randrange(1024, 65_536), HTTP)
                wire.send(segment(address, ports, source.getrandbits(32), 0, SYN))
            assert page(link) == expected

        _, times = while_sending([], b"", good)
        assert times > 1
        assert vm.exit is None


def test_a_flood_of_single_bytes_out_of_order(platform):
    addresses = [f"10.9.0.{n}" for n in range(200, 240)]
    with (
        served(name="ocaml_net_http", platform=platform, memory_mib=MEMORY_MIB) as (link, vm),
        Wire(link) as wire,
    ):
        peers = [Peer(wire, address, (5000, HTTP)) for address in addresses]
        for peer in peers:
            peer.open()
        expected = page(link)
        ahead = itertools.count(2, 2)

        def good():
            for _ in range(20):
                at = next(ahead)
                for peer in peers:
                    peer.send(ACK, b"x", ahead=at)
            assert page(link) == expected

        _, times = while_sending([], b"", good)
        assert times > 1
        assert vm.exit is None
