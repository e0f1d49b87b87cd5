"""Captures of a process's frames: written by its host, whatever the process does."""

import contextlib
import os
import resource
import shutil
import struct
import subprocess
import time

import pytest
from support.guests.process_guests import boot, nothing_left  # noqa: F401
from support.networks.process_networks import ARP, GATEWAY, Running, arp, is_arp_reply
from support.networks.simulated_guest import ALL, A, B, Guest, frame, needs_taps

import unikernel
from unikernel.errors import NetworkUnavailable
from unikernel.model.network import lan, tap, user
from unikernel.networks.capture import Capture
from unikernel.render import network_facts

PATIENCE_S = 30
TAP_ADDRESS = "10.213.9.1/24"


def frames(file):
    """Return the frames of a capture, which must be whole (draft-ietf-opsawg-pcap)."""
    data = file.read_bytes()
    assert struct.unpack_from("<IHHiIII", data) == (0xA1B2C3D4, 2, 4, 0, 0, 0x20000, 1)
    found, at = [], 24
    while at < len(data):
        seconds, microseconds, size, length = struct.unpack_from("<IIII", data, at)
        assert abs(seconds - time.time()) < 300
        assert microseconds < 1_000_000
        assert size == length
        found.append(data[at + 16 : at + 16 + size])
        assert len(found[-1]) == size
        at += 16 + size
    return found


@contextlib.contextmanager
def largest_file(size_bytes):
    """Let no file of this process grow beyond that, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_frames_on_a_segment_are_written_by_its_switch(tmp_path):
    file = tmp_path / "a.pcap"
    nets = {"a": lan("captured")}
    with Guest(lan("captured")) as b, Running(tmp_path, nets, captures={"a": str(file)}) as here:
        (a,) = here.guests
        a.end.send(b"\xd4\xc3\xb2\xa1" + b"no frame"[:8])
        a.end.send(b"")
        a.end.send(frame(ALL, A))
        assert b.receive() == frame(ALL, A)
        b.send(A, B)
        assert a.end.recv(1 << 16) == frame(A, B)
        assert here.descriptors == 1
        a.end.send(frame(B, A, b"last"))
    assert frames(file) == [frame(ALL, A), frame(A, B), frame(B, A, b"last")]


def test_frames_on_a_user_network_are_written_by_its_qemu(tmp_path):
    file = tmp_path / "with, comma.pcap"
    with Running(tmp_path, {"a": user()}, captures={"a": str(file)}) as here:
        here.guests[0].end.send(arp(1))
        reply = here.guests[0].receive(is_arp_reply)
        assert here.descriptors == 1
    found = frames(file)
    assert [f[12:14] for f in found][:2] == [ARP, ARP]
    assert any(reply[:42] == f[:42] for f in found)
    assert any(f[38:42] == GATEWAY for f in found)


@needs_taps
def test_frames_on_a_tap_are_written_by_who_carries_them(tmp_path):
    file = tmp_path / "a.pcap"
    nets = {"a": tap(address=TAP_ADDRESS)}
    asks = arp(1, address=bytes([10, 213, 9, 1]))
    with Running(tmp_path, nets, captures={"a": str(file)}) as here:
        here.guests[0].end.send(b"x" * 9)
        here.guests[0].end.send(asks)
        reply = here.guests[0].receive(is_arp_reply)
        assert here.words["UNIKERNEL_NET_0"].startswith("raw:")
    found = frames(file)
    assert asks in found
    assert reply in found


def test_a_capture_that_the_disk_has_no_room_for_ends_whole(tmp_path):
    messages = []
    file = tmp_path / "a.pcap"
    capture = Capture(str(file), messages.append)
    with largest_file(500):
        for _ in range(5):
            capture.frame(memoryview(frame(ALL, A, bytes(186))))
    assert len(frames(file)) == 2
    assert messages == [f"the frames in {file} end early: File too large"]


def test_a_capture_without_room_for_its_beginning_is_refused():
    with pytest.raises(NetworkUnavailable, match="to /dev/full: No space left"):
        Capture("/dev/full")


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NetworkUnavailable, match="No such device"):
        Capture(str(tmp_path / "pipe"))


@pytest.mark.parametrize("kind", ["lan", "user"])
def test_a_reader_of_a_pipe_that_goes_ends_the_capture(kind, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    network = user() if kind == "user" else lan("piped")
    with Guest(lan("piped")), Running(tmp_path, {"a": network}, captures={"a": str(pipe)}) as here:
        os.close(reader)
        deadline = time.monotonic() + PATIENCE_S
        while not here.ended:
            here.guests[0].end.send(arp(1))
            assert time.monotonic() < deadline
    assert f"the frames in {pipe} end early" in here.ended[0]


@pytest.mark.boot
def test_a_process_that_floods_is_recorded_and_told(tmp_path):
    """What the file holds are frames, all of them; when it is full, the machine says so."""
    text = """
#include "unikernel.h"
int main(void)
{
	static unsigned char out[12 + 1000];
	struct unikernel_net_info info;
	unsigned handle;
	unikernel_net_acquire("service", 0, &handle, &info);
	for (;;) {
		struct unikernel_net_part part = {out, sizeof out};
		if (unikernel_net_tx_post(handle, &part, 1, out) == UNIKERNEL_AGAIN)
			unikernel_wait(0, unikernel_clock_monotonic() + 1000000);
		while (unikernel_net_tx_reclaim(handle))
			;
	}
}
"""
    file = tmp_path / "flood.pcap"
    image = unikernel.build(text, name="flood", language="c", target="unix", nets=["service"])
    with (
        largest_file(200_000),
        boot(image, wait="running", nets={"": lan("flood")}, captures={"service": str(file)}) as vm,
    ):
        deadline = time.monotonic() + PATIENCE_S
        while not vm.capture_ended:
            assert time.monotonic() < deadline
        assert "end early" in network_facts.ports_text(vm)
    assert set(frames(file)) == {bytes(1000)}


@pytest.mark.boot
def test_tcpdump_reads_a_capture(tmp_path):
    if not shutil.which("tcpdump"):
        pytest.skip("tcpdump is not installed")
    file = tmp_path / "a.pcap"
    capture = Capture(str(file))
    capture.frame(memoryview(frame(ALL, A, bytes(100))))
    capture.close()
    argv = ["tcpdump", "-r", os.fspath(file), "-nn", "-e"]
    stdout = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert "ethertype Unknown (0x88b5), length 114" in stdout
