"""Real guests on every kind of network: echo over UDP and TCP, and neighbours on a lan."""

import subprocess
import time
from pathlib import Path

import pytest
from support.guests.echo_guest import (
    ECHO,
    HOST_MAC,
    PATIENCE_S,
    ask_who_has,
    echoes_datagram,
    echoes_stream,
)
from support.networks.simulated_guest import ALL, Guest, needs_taps

import unikernel
from unikernel import measure
from unikernel.errors import MeasurementFailed
from unikernel.model.network import lan
from unikernel.model.spec import MACHINE_TYPES

pytestmark = pytest.mark.boot

HANGING_S = 300  # whoever waits so long has waited for nothing


@pytest.fixture(scope="module")
def image():
    """An echo server for UDP and TCP, port 7."""
    return unikernel.build(
        ECHO, name="net echo", packages=["mirage-stack-unikernel"], nets=["service"]
    )


def boot(image, **choices):
    choices = {"replace": True, "timeout_s": PATIENCE_S} | choices
    return unikernel.boot(image, **choices)


@pytest.mark.parametrize("machine_type", MACHINE_TYPES)
def test_forwarded_ports_reach_the_guest(image, machine_type):
    with boot(image, machine=machine_type, ports=["0:7/udp", "0:7"]) as vm:
        udp, tcp = ((port.host_address, port.host_port) for port in vm.ports)
        assert echoes_datagram(udp)
        assert echoes_stream(tcp)


def test_a_port_forwarded_while_the_guest_runs(image):
    with boot(image) as vm:
        port = vm.forward(0, 7)
        assert echoes_stream((port.host_address, port.host_port))


@needs_taps
@pytest.mark.parametrize("machine_type", MACHINE_TYPES)
@pytest.mark.parametrize("offload", ["on", "off"])
def test_the_guest_is_reached_over_a_tap(image, machine_type, offload):
    with boot(image, machine=machine_type, nets={"": f"tap,offload={offload}"}) as vm:
        end = (vm.networks["service"].guest_address.partition("/")[0], 7)
        assert echoes_datagram(end)
        assert echoes_stream(end)


def test_guests_are_neighbours_on_a_lan(image):
    place = "lan:neighbours,guest=10.9.5"
    with (
        Guest(lan("neighbours")) as here,
        boot(image, name="a", nets={"": f"{place}.2/24"}) as first,
        boot(image, name="b", nets={"": f"{place}.3/24"}) as second,
    ):
        for number, vm in ((2, first), (3, second)):
            mac, address = ask_who_has(here, bytes([10, 9, 5, number]))
            assert address == bytes([10, 9, 5, number])
            assert mac.hex(":") == vm.networks["service"].mac


@needs_taps
def test_captured_frames_are_read_by_tcpdump(image, tmp_path):
    file = tmp_path / "frames.pcap"
    with boot(image, nets={"": "tap"}, captures={"service": str(file)}) as vm:
        assert echoes_datagram((vm.networks["service"].guest_address.partition("/")[0], 7))
    argv = ["tcpdump", "-n", "-r", str(file), "udp port 7"]
    stdout = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert len(stdout.splitlines()) == 2
    assert stdout.count("length 5") == 2


def test_captured_frames_of_a_user_network(image, tmp_path):
    file = Path(tmp_path, "frames.pcap")
    with boot(image, ports=["0:7/udp"], captures={"service": str(file)}) as vm:
        assert echoes_datagram((vm.ports[0].host_address, vm.ports[0].host_port))
    argv = [
        "tshark",
        "-n",
        "-r",
        str(file),
        "-Y",
        "udp.port == 7",
        "-T",
        "fields",
        "-e",
        "udp.length",
    ]
    stdout = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert stdout.split() == ["13", "13"]


@needs_taps
def test_latency_is_measured_by_ping(image):
    rows = measure.latency(image, count=20, repeat=1)
    assert rows.median("latency.lost") == 0
    pings = [row for row in rows if row.metric == "latency.ping"]
    assert len(pings) == 20
    assert all(row.value > 0 and row.dimensions["network"] == "tap" for row in pings)


SILENT = """
module Http = Http_server.Make (Stack)
let start stack = Http.serve stack [ ("/", Http_response.page "quiet") ]
"""


@pytest.fixture(params=("virtio", "unix"))
def silent(request):
    """A server that prints nothing, on a host where waiting for a line shows."""
    packages = ("unikernel-apps.http",)
    return unikernel.build(SILENT, name="silent", target=request.param, packages=packages)


def test_a_server_that_prints_nothing_is_measured_once_it_answers(silent, monkeypatch):
    monkeypatch.setattr("unikernel.measure.systems.STARTING_TIME_S", HANGING_S)
    begun = time.monotonic()
    rows = measure.http(silent, seconds=1, repeat=1, nets={"": "user"})
    assert rows.median("http.requests") > 0
    assert time.monotonic() - begun < HANGING_S


@needs_taps
def test_one_that_prints_nothing_is_pinged_once_it_answers(silent, monkeypatch):
    monkeypatch.setattr("unikernel.measure.systems.STARTING_TIME_S", HANGING_S)
    begun = time.monotonic()
    assert measure.latency(silent, count=2, repeat=1).median("latency.lost") == 0
    assert time.monotonic() - begun < HANGING_S


def test_a_guest_without_a_server_fails_a_measurement(image, monkeypatch):
    monkeypatch.setattr("unikernel.measure.iperf3.RETRY_TIME_S", 0.5)
    with pytest.raises(MeasurementFailed) as caught:
        measure.throughput(image, seconds=1, repeat=1, nets={"": "user"})
    assert "iperf3 could not measure" in caught.value.what
    assert "ready" in caught.value.detail


def test_ping_needs_a_tap(image):
    with pytest.raises(MeasurementFailed, match="no ping"):
        measure.latency(image, repeat=1, nets={"": "user"})


# Sends a header alone, then a frame and so on; ends when it hears one.
NO_FRAMES = """
#include <stdio.h>
#include "unikernel.h"

int main(void)
{
	static struct { struct unikernel_net_header header; unsigned char frame[60]; } out = {
		.frame = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 7, 0x88, 0xb5}};
	static unsigned char buffer[2048];
	struct unikernel_net_info info;
	unsigned handle;
	size_t length;
	if (unikernel_net_acquire("service", 0, &handle, &info) != UNIKERNEL_OK)
		return 1;
	unikernel_net_rx_post(handle, buffer, sizeof buffer, buffer);
	do {
		for (unsigned i = 0; i < 2; i++) {
			size_t size = i ? sizeof out.frame : 0;
			struct unikernel_net_part part = {&out, sizeof out.header + size};
			unikernel_net_tx_post(handle, &part, 1, &out);
			unikernel_net_flush(handle);
		}
		while (unikernel_net_tx_reclaim(handle))
			;
		unikernel_wait((unikernel_ready_t)1 << handle, unikernel_clock_monotonic() + 20000000);
	} while (!unikernel_net_rx_take(handle, &length));
	printf("heard %zu\\n", length);
	return 0;
}
"""


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_a_guest_that_sends_no_frame_stays_on_its_segment(target):
    image = unikernel.build(
        NO_FRAMES, name=f"no frames {target}", language="c", target=target, nets=["service"]
    )
    with (
        Guest(lan("no-frames")) as here,
        boot(image, wait="running", nets={"": "lan:no-frames"}) as vm,
    ):
        for _ in range(3):
            assert len(here.receive()) == 60
        here.send(ALL, HOST_MAC, bytes(50))
        vm.console.expect("heard 64", timeout_s=PATIENCE_S)
