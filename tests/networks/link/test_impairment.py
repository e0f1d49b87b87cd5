"""The bad link itself: two namespaces of this host at its ends, no guest."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

import pytest
from support import TESTS
from support.networks.guest_network import interfaces
from support.networks.impairment import GUEST, Impairment, Link, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had")

FRAMES, PINGS = 2000, 500
AT_ONCE = 100  # datagrams on their way; a fifth of what the smallest queue between the ends holds
PATIENCE_S = 20
LAST = b"last"


def send(link, count=FRAMES):
    """Send numbered datagrams to the peer, some at once; return the numbers that arrived."""
    with link.peer():
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with link.host():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    arrived = []
    with receiver, sender:
        receiver.bind((GUEST, 9))
        receiver.settimeout(PATIENCE_S)
        for first in range(0, count, AT_ONCE):
            for number in range(first, min(first + AT_ONCE, count)):
                sender.sendto(number.to_bytes(4, "big") * 8, (GUEST, 9))
            sender.sendto(LAST, (GUEST, 9))
            while (heard := receiver.recv(100)) != LAST:
                arrived.append(int.from_bytes(heard[:4], "big"))
    return arrived


def test_a_good_line_changes_nothing():
    with Link(guest=False) as link:
        link.run("ping", "-c", "1", GUEST)  # neighbours know each other
        assert send(link) == list(range(FRAMES))
    there, back = link.tallies
    assert there.passed >= FRAMES
    assert (there.lost, there.corrupted, back.overrun) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["loss", "duplicate"])
def test_a_share_of_frames_is_concerned(kind):
    with Link(Impairment(**{kind: 20}), guest=False) as link:
        link.run("ping", "-qf", "-c", str(PINGS), GUEST, check=False)
    there = link.tallies[0]
    count = there.lost if kind == "loss" else there.duplicated
    assert 0.1 * PINGS < count < 0.3 * PINGS


def test_frames_are_delayed():
    with Link(Impairment(delay_ms=30), guest=False) as link:
        text = link.run("ping", "-c", "5", "-i", "0.2", GUEST).stdout
    least_ms = float(text.rpartition("= ")[2].split("/")[0])
    assert 60 <= least_ms < 90


@pytest.mark.interfaces
def test_leaves_nothing_behind():
    before = interfaces()
    with Link() as link:
        assert interfaces() - before == {link.nets["service"].interface}
    assert interfaces() == before


@pytest.mark.parametrize(
    "impairment", [Impairment(loss=2), Impairment(corrupt=2, duplicate=2)], ids=str
)
def test_linux_transfers_intact(impairment):
    text = os.urandom(1 << 20) * 4
    with Link(impairment, guest=False) as link:
        with link.peer():
            server = socket.create_server((GUEST, 9))
        got = []
        thread = threading.Thread(target=lambda: got.append(digest_of_one(server)))
        thread.start()
        with link.host(), socket.create_connection((GUEST, 9), PATIENCE_S) as connection:
            connection.sendall(text)
        thread.join(PATIENCE_S)
        server.close()
    assert got == [hashlib.sha256(text).hexdigest()]


def digest_of_one(server):
    server.settimeout(PATIENCE_S)
    connection, _ = server.accept()
    digest = hashlib.sha256()
    with connection:
        connection.settimeout(PATIENCE_S)
        while piece := connection.recv(1 << 16):
            digest.update(piece)
    return digest.hexdigest()


KILLED = """
import sys, time
from support.networks.impairment import Link
with Link() as link:
    print(link.nets["service"].interface, flush=True)
    time.sleep(60)
"""


def test_leaves_nothing_behind_when_killed():
    command = [sys.executable, "-c", KILLED]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        interface = owner.stdout.readline().strip()
        assert interface in interfaces()
        owner.kill()
    deadline_s = time.monotonic() + PATIENCE_S
    while interface in interfaces():
        assert time.monotonic() < deadline_s
