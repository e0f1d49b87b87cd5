"""Networks without a guest that speaks: sockets in its place, and QEMU with a tiny guest."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import TESTS
from support.networks.simulated_guest import (
    ALL,
    PATIENCE_S,
    A,
    B,
    C,
    Guest,
    frame,
    needs_taps,
    opened,
)

from unikernel.errors import NetworkUnavailable, PortTaken
from unikernel.host import event_loop
from unikernel.host.run_folder import runtime_folder
from unikernel.model.network import lan, tap, user
from unikernel.model.port_forward import Forward
from unikernel.networks import ports, socket_pair
from unikernel.networks import tap as taps


@pytest.fixture
def segment(request):
    name = f"test-{os.getpid()}"
    yield name
    assert not (runtime_folder() / f"lan-{name}").exists()


def test_guests_on_a_segment_hear_one_another(segment):
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b, Guest(lan(segment)) as c:
        a.send(ALL, A)
        assert b.receive() == c.receive() == frame(ALL, A)
        b.send(A, B)
        assert a.receive() == frame(A, B)
        assert c.receives_nothing()
        assert b.receives_nothing()


def test_segments_are_apart(segment):
    with Guest(lan(segment)) as a, Guest(lan(f"{segment}-2")) as b:
        a.send(ALL, A)
        assert b.receives_nothing()


def test_a_guest_that_moved_is_found_again(segment):
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b:
        with Guest(lan(segment)) as c:
            c.send(A, C)
            assert b.receive() == a.receive() == frame(A, C)  # nobody has heard of A yet
        b.send(ALL, C)
        a.receive()
        a.send(C, A)
        assert b.receive() == frame(C, A)


@pytest.mark.parametrize("size", [60, 1514, 65_549])
def test_frames_of_all_sizes_pass(segment, size):
    text = bytes(size - 14)
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b:
        a.send(ALL, A, text)
        assert len(b.receive()) == size


@pytest.mark.parametrize("size", [0, 1, 12, 13, (68 << 10) + 1, 200_000])
def test_what_is_no_frame_is_dropped(segment, size):
    """And who sent it is heard, and hears, as before."""
    no_frame = frame(ALL, A, bytes(size))[:size]
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b:
        for _ in range(3):
            a.end.send(no_frame)
        a.send(ALL, A)
        assert b.receive() == frame(ALL, A)
        b.send(A, B)
        assert a.receive() == frame(A, B)


def test_one_that_does_not_listen_holds_up_nobody(segment):
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b, Guest(lan(segment)):
        text = bytes(60_000)
        for _ in range(2 * socket_pair.BUFFER_BYTES // len(text)):
            a.send(ALL, A, text)
            assert len(b.receive()) == len(text) + 14


OTHER = """
import sys
from support.networks.simulated_guest import B, Guest
from unikernel.model.network import lan
with Guest(lan(sys.argv[1])) as guest:
    print("ready", flush=True)
    for line in sys.stdin:
        heard = guest.receive()
        guest.send(heard[6:12], B, heard[14:].upper())
"""


class Other:
    """A process with a guest on the segment that answers each frame."""

    def __init__(self, segment):
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER, segment],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
        )
        assert self.process.stdout.readline() == b"ready\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=PATIENCE_S)

    def answer_one(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()


def test_a_segment_spans_processes_in_whatever_order_they_come(segment):
    with Other(segment) as first, Guest(lan(segment)) as a, Other(segment) as second:
        a.send(ALL, A)
        for other in (first, second):
            other.answer_one()
        assert [a.receive() for _ in range(2)] == [frame(A, B, b"HELLO")] * 2


def test_no_frame_of_another_process_ends_a_trunk(segment):
    with Guest(lan(segment)) as a, Other(segment) as b:
        a.end.send(b"")
        a.send(ALL, A)
        b.answer_one()
        assert a.receive() == frame(A, B, b"HELLO")


def test_a_killed_member_leaves_the_rest_connected(segment):
    with Guest(lan(segment)) as a, Guest(lan(segment)) as b:
        with Other(segment) as other:
            other.process.kill()
            other.process.wait()
        stale = runtime_folder() / f"lan-{segment}" / f"{other.process.pid}.sock"
        assert stale.exists()
        a.send(ALL, A)
        assert b.receive() == frame(ALL, A)
        with Other(segment) as newcomer:
            assert not stale.exists()
            a.send(ALL, A)
            newcomer.answer_one()
            assert a.receive() == frame(A, B, b"HELLO")


def test_a_port_in_use_is_told_with_its_holder():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = Forward(holder.getsockname()[1], 80)
        with pytest.raises(PortTaken) as caught:
            event_loop.call(opened(user(ports=[port])))
    assert f"{port.end} is in use by" in caught.value.what
    assert f"process {os.getpid()}." in caught.value.what
    assert ":80" in caught.value.hint


def test_a_udp_port_in_use_is_told_too():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("0.0.0.0", 0))
        port = Forward(holder.getsockname()[1], 53, "udp")
        with pytest.raises(PortTaken, match=f"process {os.getpid()}"):
            ports.check([port])


def test_an_address_of_another_host():
    with pytest.raises(NetworkUnavailable, match=r"no address 192\.0\.2\.1"):
        ports.check([Forward(8080, 80, host_address="192.0.2.1")])


def test_any_free_port_is_chosen_for_good():
    chosen = ports.chosen({"a": user(ports=["0:80"]), "b": lan("x")})
    assert chosen["a"].ports[0].host_port > 0
    ports.check(chosen["a"].ports)


def test_what_qemu_says_of_a_port():
    port = Forward(8080, 80)
    message = "Could not set up host forwarding rule 'tcp:127.0.0.1:8080-10.0.2.15:80'"
    assert ports.refused(message, [Forward(80, 80), port]) == port
    assert ports.refused("no such device", [port]) is None


@needs_taps
def test_a_tap_is_made_and_goes_with_its_last_descriptor():
    backend = event_loop.call(opened(tap(address="10.213.7.1/24")))
    name = backend.network.interface
    interface = Path("/sys/class/net", name)
    kept = os.dup(backend.descriptors[0])
    backend.close_inherited()
    assert interface.exists()
    assert int((interface / "tun_flags").read_text(), 16) & taps.IFF_VNET_HDR
    with pytest.raises(NetworkUnavailable, match=f"on interface '{name}'"):
        event_loop.call(opened(tap(address="10.213.7.9/28")))
    with pytest.raises(NetworkUnavailable, match="in use"):
        event_loop.call(opened(tap(name, address="10.213.9.1/24")))
    backend.close()
    assert interface.exists()
    os.close(kept)
    assert not interface.exists()


@needs_taps
def test_taps_are_in_subnets_of_their_own():
    backends = [event_loop.call(opened(tap())) for _ in range(2)]
    subnets = {backend.network.host_address for backend in backends}
    guests = {backend.network.guest_address for backend in backends}
    for backend in backends:
        backend.close()
    assert len(subnets) == len(guests) == 2
    assert "10.0.2.1/24" not in subnets


@needs_taps
def test_a_tap_of_the_host_is_used_as_it_is():
    name = f"t{os.getpid()}"
    subprocess.run(["ip", "tuntap", "add", name, "mode", "tap"], check=True)
    try:
        backend = event_loop.call(opened(tap(name)))
        shown = subprocess.run(
            ["ip", "address", "show", name], capture_output=True, text=True, check=True
        ).stdout
        assert "inet " not in shown
        backend.close()
        assert Path("/sys/class/net", name).exists()
    finally:
        subprocess.run(["ip", "link", "delete", name], check=True)


@needs_taps
def test_a_captured_tap_has_plain_frames():
    backend = event_loop.call(opened(tap(address="10.213.8.1/24"), captured=True))
    flags = Path("/sys/class/net", backend.network.interface, "tun_flags").read_text()
    backend.close()
    assert not int(flags, 16) & taps.IFF_VNET_HDR


def test_an_interface_that_is_no_tap():
    with pytest.raises(NetworkUnavailable, match="no tap"):
        event_loop.call(opened(tap("lo")))


def test_a_tap_that_may_not_be_made(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(taps.fcntl, "ioctl", refuse)
    with pytest.raises(NetworkUnavailable) as caught:
        event_loop.call(opened(tap()))
    assert "CAP_NET_ADMIN" in caught.value.what
    assert "--net user" in caught.value.hint
    assert "CAP_NET_ADMIN" in taps.why_not()


def test_a_host_without_taps(monkeypatch, tmp_path):
    monkeypatch.setattr(taps, "DEVICE", tmp_path / "tun")
    with pytest.raises(NetworkUnavailable, match="cannot be opened"):
        event_loop.call(opened(tap()))
