"""Networks of domains of the Xen lab: captured, on a tap, and what another terminal sees."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.guests.echo_guest import ECHO, echoes_datagram, echoes_stream
from support.guests.process_guests import PATIENCE_S, build
from support.networks.simulated_guest import needs_taps

from unikernel import machines

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]


@pytest.fixture(scope="module")
def echo():
    return build(ECHO, "xen echo", target="xen")


def boot(image, **choices):
    return machines.boot(image, wait="line", timeout_s=2 * PATIENCE_S, **choices)


def lengths(file):
    """Return the lengths of UDP datagrams of port 7 in a capture."""
    argv = ["tshark", "-n", "-r", str(file), "-Y", "udp.port == 7", "-T", "fields"]
    argv += ["-e", "udp.length"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def test_frames_of_a_user_network_are_captured_and_ps_elsewhere_shows_it(echo, tmp_path):
    file = tmp_path / "frames.pcap"
    with boot(echo, name="seen", ports=["0:7/udp"], captures={"service": str(file)}) as vm:
        port = vm.ports[0]
        assert echoes_datagram((port.host_address, port.host_port))
        argv = [Path(sys.executable).with_name("unikernel"), "ps"]
        shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert lengths(file) == ["13", "13"]
    for word in ("seen", "xen", "running", str(port.host_port), str(vm.pid)):
        assert word in shown, shown


@needs_taps
def test_a_domain_is_reached_over_a_tap_and_captured(echo, tmp_path):
    file = tmp_path / "frames.pcap"
    with boot(echo, name="tapped", nets={"": "tap"}, captures={"service": str(file)}) as vm:
        end = (vm.networks["service"].guest_address.partition("/")[0], 7)
        assert echoes_datagram(end)
        assert echoes_stream(end)
    assert lengths(file) == ["13", "13"]
