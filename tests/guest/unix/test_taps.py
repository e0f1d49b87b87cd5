"""The process target's network devices on taps: offloads, taps that go away."""

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

import pytest
from support.guests.unix_program import cpu_time_s, guest, line, program, until
from support.networks.guest_network import (
    IFF_NO_PI,
    IFF_TAP,
    NOTHING_LEFT,
    TUNSETIFF,
    Offload,
    Tap,
    ip,
)
from support.networks.unix_device import END, GUEST_MAC, TICKS, attached, frame, turned

IFF_VNET_HDR = 0x4000
PARTIAL_CHECKSUM, TCP4 = 1, 1
TAP = "ukbase0"


@pytest.fixture
def tap():
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        pytest.skip("making a tap takes privileges and /dev/net/tun")
    with Tap(TAP) as made:
        yield made


@contextlib.contextmanager
def tap_descriptor(name, flags):
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        yield descriptor
    finally:
        os.close(descriptor)


def echoed(tap, left, sent):
    """Send a frame with what is left to do with it; return what comes back, and its own."""
    tap._socket.send(left.pack() + sent)
    while True:
        answer = tap._socket.recv(1 << 17)
        if answer[10 : 10 + 14] == turned(sent)[:14]:
            return Offload.unpack(answer), answer[10:]


def check_offloads(tap, process):
    assert line(process) == f"service: handle 1 mac {GUEST_MAC.hex(' ')} mtu 1500 offers 1f"
    assert line(process) == "ready"
    tap.await_carrier()
    sent = frame(os.urandom(1500))
    assert echoed(tap, NOTHING_LEFT, sent) == (NOTHING_LEFT, turned(sent))
    long = frame(bytes(40)) + os.urandom(60000)
    left = Offload(PARTIAL_CHECKSUM, TCP4, 54, 1448, 34, 16)
    long = long[:12] + tcp_frame(len(long) - 14) + long[54:]
    back, answer = echoed(tap, left, long)
    assert answer == turned(long)
    assert (back.segmentation, back.segment_size) == (TCP4, 1448)
    tap._socket.send(NOTHING_LEFT.pack() + END)
    assert line(process) == f"2 frames, {len(sent) + len(long)} bytes"


def tcp_frame(size):
    """Headers of IPv4 and TCP in front of a payload, from the Ethernet type on."""
    ipv4 = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 6, 0, bytes(4), bytes(4))
    tcp = struct.pack(">HHIIBBHHH", 1, 2, 3, 4, 0x50, 0x10, 100, 0, 0)
    return b"\x08\x00" + ipv4 + tcp


def test_a_tap_opened_by_name(tap):
    attachment = f"open:{TAP},mac={GUEST_MAC.hex(':')}"
    with attached(guest("c_net_echo"), attachment, "service") as process:
        check_offloads(tap, process)


def test_a_tap_that_is_inherited(tap):
    with tap_descriptor(TAP, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR) as descriptor:
        attachment = f"tap:{descriptor},mac={GUEST_MAC.hex(':')}"
        with attached(guest("c_net_echo"), attachment, "service", keep=(descriptor,)) as process:
            check_offloads(tap, process)


def test_a_plain_tap_is_raw(tap):
    with tap_descriptor(TAP, IFF_TAP | IFF_NO_PI) as descriptor:
        attachment = f"raw:{descriptor},mac={GUEST_MAC.hex(':')}"
        with attached(guest("c_net_echo"), attachment, "service", keep=(descriptor,)) as process:
            assert line(process).endswith("offers 0")
            tap.await_carrier()
            sent = frame(os.urandom(1500))
            assert echoed(tap, NOTHING_LEFT, sent) == (NOTHING_LEFT, turned(sent))


def test_a_tap_in_use_is_refused(tap):
    with tap_descriptor(TAP, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR):
        attachment = f"open:{TAP}"
        with attached(guest("c_net_echo"), attachment, stderr=subprocess.PIPE) as process:
            assert f"the tap {TAP} cannot be had" in process.stderr.read()
            assert process.wait() == 64


def test_a_tap_that_goes_down_or_away_is_no_matter(tap):
    image = program(TICKS, "ticks")
    with attached(image, f"open:{TAP}") as process:
        line(process)
        ip("link", "set", TAP, "down")
        for _ in range(5):
            line(process)
        ip("link", "set", TAP, "up")
        line(process)
        tap._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # it was down
        tap.await_carrier()
        tap._socket.send(NOTHING_LEFT.pack() + frame(bytes(100)))
        until(lambda: line(process) != "tick 0")
        ip("link", "delete", TAP)
        before_s = cpu_time_s(process.pid)
        for _ in range(20):
            line(process)
        assert cpu_time_s(process.pid) - before_s <= 0.1
    ip("tuntap", "add", TAP, "mode", "tap")  # the fixture takes it away
