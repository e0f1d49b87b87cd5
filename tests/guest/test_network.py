"""Network devices of real guests: frames there and back, offload, queues that run full."""

import contextlib
import itertools
import os
import struct
import threading

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, multiline
from support.networks.guest_network import ANSWER_TIME_S, Offload, Tap, Wire, booted, may_make_taps
from support.platforms import ONE_A_TARGET, PLATFORMS, on_xen_some

from unikernel.machines.qemu import netdev

pytestmark = pytest.mark.boot

HOST, OTHER_HOST = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
GUEST = bytes.fromhex("525400000001")
DATA, END = b"\x88\xb5", b"\x88\xb6"
SIZES = (14, 15, 60, 64, 255, 256, 257, 1000, 1513, 1514)
ECHOES = ("c_net_echo", "c_net_solo5", "ocaml_net_echo")
TCP_SEGMENT = Offload(
    flags=1,
    segmentation=1,
    header_length=54,
    segment_size=1460,
    checksum_start=34,
    checksum_offset=16,
)
# Frames: more than virtio's indices count before they begin again. Those of Xen's rings have 32
# bits, and a bridge that holds so few takes its time: no more than fit in a back end's ring (256).
FLOOD, FLOOD_OF_XEN = 100_000, 10_000
BRIDGE_HOLDS = 250
LONGEST = 65535 + 14
LONGEST_OF_LINUX = 65535  # with the Ethernet header, from Linux to an interface

needs_tap = pytest.mark.skipif(not may_make_taps(), reason="needs the right to make a tap device")


@pytest.fixture
def wires():
    with Wire() as a, Wire() as b:
        yield {"a": a, "b": b}


@pytest.fixture
def tap():
    with Tap(f"uktest{os.getpid() % 10**6}") as tap:
        yield tap


def frame(kind=DATA, payload=b"", source=HOST):
    return GUEST + source + kind + payload


def echoed(sent):
    return sent[6:12] + sent[:6] + sent[12:]


def end(vm, nets):
    for net in nets.values():
        with contextlib.suppress(ConnectionRefusedError):  # some end at the first
            net.send(frame(END, bytes(46)))
    return vm.wait(timeout_s=ENDS_WITHIN_S)


def exchange(wire):
    for size in SIZES:
        sent = frame(payload=os.urandom(size - 14))
        wire.send(sent)
        assert wire.receive() == echoed(sent), size


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", ECHOES)
def test_frames_come_back_on_the_device_they_came_in(name, platform, wires):
    with booted(name, wires, platform=platform, arguments=tuple(wires)) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        for wire in wires.values():
            exchange(wire)
        assert end(vm, wires).status == 0
    assert "WRONG" not in vm.console.text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_two_devices_fit_in_2_mib(platform, wires):
    """On Xen in 3: each device copies frames through 128 KiB of its own."""
    choices = {"platform": platform, "arguments": tuple(wires)}
    with booted("c_net_solo5", wires, memory_mib=2 + (platform == "xen"), **choices) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        for wire in wires.values():
            exchange(wire)
        assert end(vm, wires).status == 0
    assert "WRONG" not in vm.console.text


def test_a_device_older_than_virtio_1(wires, monkeypatch):
    modern, devices = "virtio-mmio.force-legacy=false", netdev.devices

    def older(*given):
        return [word.replace(modern, modern.replace("false", "true")) for word in devices(*given)]

    monkeypatch.setattr(netdev, "devices", older)
    with booted("c_net_echo", wires, arguments=tuple(wires)) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        exchange(wires["b"])
        end(vm, wires)


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_names_choose_devices(platform, wires):
    """The order of the arguments is not that of the devices."""
    with booted("c_net_echo", wires, platform=platform, arguments=("b", "a")) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        assert multiline(r"^b: handle 2 mac 52 54 00 00 00 02").search(vm.console.text)
        assert multiline(r"^a: handle 1 mac 52 54 00 00 00 01").search(vm.console.text)
        end(vm, wires)


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_a_device_that_is_not_there(platform, wires):
    with booted("ocaml_net_echo", wires, platform=platform, arguments=("c",)) as vm:
        ended = vm.wait(timeout_s=ENDS_WITHIN_S)
    assert ended.status == 2
    assert "no network device of this name" in vm.console.text


@pytest.mark.parametrize(("name", "platform"), on_xen_some(ECHOES, ["c_net_echo"]))
def test_a_flood_is_answered_whole(name, platform, wires):
    """Nobody takes the answers until every queue on the way is full.

    Xen's guests have a bridge in front, which holds nobody back and drops what it has no room for.
    """
    count, wire = FLOOD_OF_XEN if platform == "xen" else FLOOD, wires["a"]
    room = threading.Semaphore(BRIDGE_HOLDS if platform == "xen" else count)
    with booted(name, wires, platform=platform, arguments=tuple(wires)) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        sent = threading.Semaphore(0)
        sender = threading.Thread(target=flood, args=(wire, count, room, sent), daemon=True)
        sender.start()
        while sent.acquire(timeout=0.5):
            pass
        answers = []
        for _ in range(count):
            answers.append(wire.receive())
            room.release()
        sender.join()
        end(vm, wires)
    numbers = [int.from_bytes(answer[14:18]) for answer in answers]
    assert numbers == list(range(count))


def flood(wire, count, room, sent):
    for number in range(count):
        room.acquire(timeout=ANSWER_TIME_S)
        wire.send(frame(payload=number.to_bytes(4) + bytes(42)))
        sent.release()


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_what_was_sent_leaves_before_the_guest_ends(platform, wires):
    count = 1000
    arguments = ("a", "send", "60", "0", str(count))
    with booted("ocaml_net_load", wires, platform=platform, arguments=arguments) as vm:
        frames = [wires["a"].receive() for _ in range(count)]
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
    assert {len(frame) for frame in frames} == {60}


def long_segment(size):
    """A TCP segment over IPv4 whose checksum is left to the device."""
    addresses = bytes((10, 9, 0, 1, 10, 9, 0, 2))
    header = struct.pack(">BBHHHBBH", 0x45, 0, size - 14, 0, 0x4000, 64, 6, 0) + addresses
    header = header[:10] + struct.pack(">H", 0xFFFF - ones_complement_sum(header)) + header[12:]
    partial = ones_complement_sum(addresses + struct.pack(">HH", 6, size - 34))
    tcp = struct.pack(">HHIIBBHHH", 5001, 5001, 0, 0, 0x50, 0x10, 0xFFFF, partial, 0)
    return frame(b"\x08\x00", header + tcp + os.urandom(size - 54))


def ones_complement_sum(data):
    total = sum(word for (word,) in struct.iter_unpack(">H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@needs_tap
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", ["c_net_echo", "ocaml_net_echo"])
def test_long_segments_there_and_back(name, platform, tap):
    with booted(name, {"a": tap}, platform=platform, arguments=("a",)) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        for size in (1515, 3000, 16_400, 40_000, LONGEST_OF_LINUX):
            sent = long_segment(size)
            tap.send(sent, TCP_SEGMENT)
            answer, offload = tap.receive()
            assert (offload.segmentation, offload.segment_size) == (1, 1460)
            assert answer == echoed(sent), size
        end(vm, {"a": tap})


@needs_tap
@pytest.mark.parametrize(
    ("name", "platform"), on_xen_some(["c_net_load", "ocaml_net_load"], ["ocaml_net_load"])
)
def test_the_guest_sends_long_segments(name, platform, tap):
    count, headers = 2000, 14 + 20 + 20
    first, each = LONGEST, LONGEST
    if platform == "xen":  # 65,535 bytes fit in a frame: 44 segments, and the rest in another
        first, each = headers + 44 * 1460, LONGEST + headers
    arguments = ("a", "send", str(LONGEST), "1460", str(count))
    with booted(name, {"a": tap}, platform=platform, arguments=arguments) as vm:
        sent, offload = tap.receive()
        assert len(sent) == first
        if platform == "xen":  # a hint, of which the back end knows nothing
            offload = offload._replace(header_length=headers)
        assert offload == TCP_SEGMENT
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
    assert tap.counter("rx_bytes") == count * each


@needs_tap
@pytest.mark.parametrize(("held", "platform"), on_xen_some([0, 16, 100], [100]))
def test_frames_that_the_application_keeps(held, platform, tap):
    """6 MiB of frames kept alive in a guest of 32 MiB, while 250 MiB come in."""
    count = 4000
    arguments = ("a", "keep", str(count), str(held))
    with booted("ocaml_net_load", {"a": tap}, platform=platform, arguments=arguments) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        segment = long_segment(LONGEST)
        for _ in itertools.takewhile(lambda _: vm.exit is None, range(100 * count)):
            send_or_drop(tap, segment)
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
    assert multiline(rf"^{count} frames").search(vm.console.text)


def send_or_drop(tap, segment):
    with contextlib.suppress(OSError):  # the interface's queue is full
        tap.send(segment, TCP_SEGMENT)
