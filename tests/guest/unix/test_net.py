"""The process target's network devices on sockets: frames, without a protocol."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from support.guests.unix_program import (
    ALLOWED,
    ENDS_WITHIN_S,
    calls_after_start,
    cpu_time_s,
    guest,
    line,
    program,
    running,
    until,
)
from support.networks.frame_stream import FrameStream, prefixed
from support.networks.unix_device import END, GUEST_MAC, TICKS, attached, frame, turned

ANSWERS_WITHIN_S = 10

# Sends 500 numbered frames as fast as they go; their tokens must come back in order.
FLOOD = """
#include <stdio.h>
#include <string.h>
#include "unikernel.h"

#define FRAMES 500
#define SIZE 1000

static unsigned char frames[FRAMES][12 + SIZE];

int main(void)
{
	struct unikernel_net_info info;
	unsigned handle, next = 0, back = 0, refused = 0;
	if (unikernel_net_acquire("service", UNIKERNEL_NET_OFFERS_ALL, &handle, &info) != UNIKERNEL_OK)
		return 1;
	while (back < FRAMES) {
		while (next < FRAMES) {
			struct unikernel_net_part parts[] = {{frames[next], 20}, {frames[next] + 20, SIZE - 8}};
			memcpy(frames[next] + 12, &next, sizeof next);
			unikernel_result_t r = unikernel_net_tx_post(handle, parts, 2, frames[next]);
			refused += r == UNIKERNEL_AGAIN;
			if (r != UNIKERNEL_OK)
				break;
			next++;
		}
		unikernel_net_tx_notify(handle);
		unikernel_wait((unikernel_ready_t)1 << (handle + UNIKERNEL_NET_TX_BIT), UINT64_MAX);
		for (void *token; (token = unikernel_net_tx_reclaim(handle)); back++)
			if (token != frames[back])
				return 2;
	}
	printf("refused %s\\n", refused ? "some" : "none");
	return 0;
}
"""


# Sends a header alone, then one with 13 bytes, then a frame, and says which were taken; then how
# long two frames are that come in.
SHORT = """
#include <stdio.h>
#include <string.h>
#include "unikernel.h"

int main(void)
{
	static struct { struct unikernel_net_header header; unsigned char frame[19]; } out = {
		.frame = {2, 0, 0, 0, 0, 1, 0x52, 0x54, 0, 1, 2, 3, 0x88, 0xb5,
			'w', 'h', 'o', 'l', 'e'}};
	static unsigned char buffers[4][2048];
	size_t lengths[] = {0, 13, sizeof out.frame}, length;
	struct unikernel_net_info info;
	unsigned handle, in = 0;
	if (unikernel_net_acquire("service", 0, &handle, &info) != UNIKERNEL_OK)
		return 1;
	for (unsigned i = 0; i < 4; i++)
		unikernel_net_rx_post(handle, buffers[i], sizeof buffers[i], buffers[i]);
	for (unsigned i = 0; i < 3; i++) {
		struct unikernel_net_part part = {&out, sizeof out.header + lengths[i]};
		printf("%d ", unikernel_net_tx_post(handle, &part, 1, &out));
	}
	unikernel_net_flush(handle);
	puts("taken");
	while (in < 2) {
		unikernel_wait((unikernel_ready_t)1 << handle, UINT64_MAX);
		for (void *b; (b = unikernel_net_rx_take(handle, &length)); in++) {
			printf("%zu came\\n", length);
			unikernel_net_rx_post(handle, b, sizeof buffers[0], b);
		}
	}
	return 0;
}
"""


def socket_pair(kind):
    near, far = socket.socketpair(socket.AF_UNIX, kind)
    if kind is socket.SOCK_STREAM:
        near = FrameStream(fileno=near.detach())
    near.settimeout(ANSWERS_WITHIN_S)
    return near, far


@pytest.fixture(params=[socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM], ids=str)
def cable(request):
    """Two ends of a cable: ours, and the one that a process gets."""
    near, far = socket_pair(request.param)
    with near, far:
        yield near, far


@pytest.fixture
def stream():
    near, far = socket_pair(socket.SOCK_STREAM)
    with near, far:
        yield near, far


def into(far, *options):
    kind = "stream" if far.type is socket.SOCK_STREAM else "raw"
    return ",".join([f"{kind}:{far.fileno()}", f"mac={GUEST_MAC.hex(':')}", *options])


def test_frames_go_through_a_socket(cable):
    near, far = cable
    with attached(guest("c_net_echo"), into(far), "service", keep=(far.fileno(),)) as process:
        far.close()
        assert line(process) == "service: handle 1 mac 52 54 00 01 02 03 mtu 1500 offers 0"
        assert line(process) == "ready"
        for size in (1, 50, 1500):
            near.send(frame(os.urandom(size)) if size != 50 else frame(b"x" * 50))
        sizes = [len(near.recv(1 << 16)) for _ in range(3)]
        assert sizes == [15, 64, 1514]
        sent = frame(os.urandom(700))
        near.send(sent)
        assert near.recv(1 << 16) == turned(sent)
        near.send(frame(bytes(9000)))  # too long: dropped, and what follows is not
        near.send(b"")
        near.send(sent)
        assert near.recv(1 << 16) == turned(sent)
        near.send(END)
        assert line(process).startswith("5 frames")
        assert process.wait() == 0


def test_frames_without_a_header_go_neither_way(cable):
    near, far = cable
    with attached(program(SHORT, "short"), into(far), keep=(far.fileno(),)) as process:
        far.close()
        assert line(process) == "2 2 0 taken"
        assert near.recv(1 << 16) == turned(frame(b"whole"))
        for short in (b"", b"x", frame(b"")[:13]):
            near.send(short)
        near.send(frame(bytes(9000)))
        near.send(frame(b"first"))
        near.send(b"")
        near.send(frame(b"second"))
        assert [line(process), line(process)] == ["19 came", "20 came"]
        assert process.wait() == 0


def test_a_frame_too_long_for_the_stream_is_passed_over(stream):
    near, far = stream
    with attached(guest("c_net_echo"), into(far), "service", keep=(far.fileno(),)) as process:
        far.close()
        for size in (3000, 40_000, 65_535, 1 << 17):
            text = prefixed(bytes(size)) + prefixed(bytes(5)) + prefixed(frame(b"next"))
            for at in range(0, len(text), 10_000):
                near.sendall(text[at : at + 10_000])
            assert near.recv(1 << 16) == turned(frame(b"next"))
        near.send(END)
        assert line(process).startswith("service:")
        assert line(process) == "ready"
        assert line(process).startswith("4 frames")


def test_a_device_that_nobody_plugged_in_is_none():
    with running(guest("c_net_echo"), "UNIKERNEL_NET=service", "service") as process:
        assert line(process) == "service: 3"
        assert process.wait() == 1


def test_macs_are_random_and_local(cable):
    _, far = cable
    macs = []
    for _ in range(2):
        attachment = f"raw:{far.fileno()},mtu=9000"
        with attached(guest("c_net_echo"), attachment, "service", keep=(far.fileno(),)) as process:
            fields = line(process).split()
            assert fields[-4:] == ["mtu", "9000", "offers", "0"]
            macs.append(bytes.fromhex("".join(fields[4:10])))
    assert macs[0] != macs[1]
    assert all(mac[0] & 3 == 2 for mac in macs)


def test_frames_wait_for_room_and_leave_in_order(cable):
    near, far = cable
    with attached(program(FLOOD, "flood"), into(far), keep=(far.fileno(),)) as process:
        far.close()
        time.sleep(0.2)
        assert process.poll() is None
        assert cpu_time_s(process.pid) <= 0.1
        for number in range(500):
            received = near.recv(1 << 16)
            assert len(received) == 1000
            assert int.from_bytes(received[:4], "little") == number
        assert line(process) == "refused some"
        assert process.wait() == 0


def test_a_peer_that_is_gone_is_no_matter(cable):
    near, far = cable
    with attached(program(TICKS, "ticks"), into(far), keep=(far.fileno(),)) as process:
        far.close()
        near.send(frame(bytes(100)))
        until(lambda: line(process) == "tick 1")
        near.close()
        before_s = cpu_time_s(process.pid)
        started_s = time.monotonic()
        for _ in range(20):
            assert line(process) == "tick 1"
        assert 0.8 < time.monotonic() - started_s < 5
        assert cpu_time_s(process.pid) - before_s <= 0.1


def test_waiting_uses_no_processor(cable):
    _, far = cable
    with attached(program(TICKS, "ticks"), into(far), keep=(far.fileno(),)) as process:
        assert line(process) == "tick 0"
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        process.send_signal(signal.SIGCONT)
        for _ in range(20):
            line(process)
        assert cpu_time_s(process.pid) <= 0.05


@pytest.mark.parametrize("piece", [1, 5, 1000, 1 << 20])
def test_a_stream_may_be_cut_anywhere(stream, piece):
    near, far = stream
    frames = [frame(os.urandom(1 + 5 * n)) for n in range(100)]
    text = b"".join(map(prefixed, frames))
    with attached(guest("c_net_echo"), into(far), "service", keep=(far.fileno(),)) as process:
        far.close()
        for at in range(0, len(text), piece):
            near.sendall(text[at : at + piece])
        for sent in frames:
            assert near.recv(1 << 16) == turned(sent)
        near.send(END)
        assert line(process).startswith("service:")
        assert line(process) == "ready"
        assert line(process).startswith("100 frames")


def test_what_is_no_stream_of_frames_is_read_no_more(stream):
    near, far = stream
    with attached(program(TICKS, "ticks"), into(far), keep=(far.fileno(),)) as process:
        near.send(frame(bytes(100)))
        until(lambda: line(process) == "tick 1")
        near.sendall(b"\xff" * 100)
        until(lambda: line(process).startswith("unikernel: what a network sends is no stream"))
        for _ in range(20):
            assert line(process) == "tick 1"
        assert cpu_time_s(process.pid) <= 0.1


def test_two_devices_have_a_plug_each(tmp_path):
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for end in sum(pairs, ()):
            stack.enter_context(end)
        kept = [far.fileno() for _, far in pairs]
        argv = [
            "UNIKERNEL_NET=front,back",
            *(f"UNIKERNEL_NET_{i}=raw:{kept[i]}" for i in range(2)),
        ]
        image = guest("c_net_echo")
        process = stack.enter_context(running(image, *argv, "back", "front", keep=kept))
        assert line(process).startswith("back: handle 2 ")
        assert line(process).startswith("front: handle 1 ")
        for number, (near, _) in enumerate(pairs):
            near.settimeout(ANSWERS_WITHIN_S)
            near.send(frame(bytes([number])))
            assert near.recv(1 << 16)[14:] == bytes([number])


def test_only_listed_calls_are_made_after_start(cable, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    near, far = cable
    log = tmp_path / "calls"
    image = guest("c_net_echo").path
    words = f"UNIKERNEL_NET=service UNIKERNEL_NET_0={into(far)} service"
    command = ["strace", "-o", log, image, words]
    with subprocess.Popen(command, pass_fds=[far.fileno()], stdin=subprocess.DEVNULL) as process:
        near.send(frame(bytes(100)))
        near.recv(1 << 16)
        near.send(END)
        assert process.wait(timeout=ENDS_WITHIN_S) == 0
    assert calls_after_start(log) <= ALLOWED
