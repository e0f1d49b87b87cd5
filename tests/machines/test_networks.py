"""Tiny guests under real QEMU with network devices they do not use."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import TESTS
from support.guests import tiny_guest
from support.guests.tiny_guest import LOOP, say
from support.networks.simulated_guest import ALL, A, Guest, needs_taps

from unikernel import machines, networks
from unikernel.errors import PortTaken, UsageError
from unikernel.machines import attach, registry
from unikernel.model.network import lan, tap, user
from unikernel.model.spec import MACHINE_TYPES
from unikernel.networks import tap as tap_module

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]

PATIENCE_S = 20
SUBNET = "10.214.0"


@pytest.fixture
def boot(tmp_path):
    """Boots a guest that says a line, with two devices; stops everything afterwards."""
    booted = []

    def boot_image(nets=(), wire=machines.boot, **choices):
        image = tiny_guest.image(tmp_path, say("hello\n") + LOOP, nets=("service", "other"))
        choices = {"timeout_s": 30, "nets": dict(nets)} | choices
        booted.append(wire(image, **choices))
        return booted[-1]

    yield boot_image
    for machine in booted:
        machine.stop()
    registry.clear()


def answers(port):
    """Whether the host's end of a forwarded port takes connections."""
    try:
        socket.create_connection((port.host_address, port.host_port), timeout=10).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("machine_type", MACHINE_TYPES)
@pytest.mark.parametrize(
    "network",
    [
        user(ports=["0:80", "0:53/udp"], dns="10.0.2.9", mtu=1400),
        lan("machines", guest="10.0.0.2/24"),
        pytest.param(tap(address=f"{SUBNET}.1/24", offload=False), marks=needs_taps),
    ],
    ids=lambda network: network.kind,
)
def test_qemu_takes_every_network_on_every_machine(boot, machine_type, network):
    vm = boot({"service": network, "other": "lan:machines"}, machine=machine_type)
    assert vm.console.text == "hello\n"
    assert list(vm.networks) == ["service", "other"]
    told = vm.qmp("qom-list", {"path": "/machine/peripheral-anon"})
    assert sum("virtio-net" in entry["type"] for entry in told) == 2


def test_every_device_is_on_a_user_network_by_default(boot):
    vm = boot(ports={0: 80})
    assert [network.kind for network in vm.networks.values()] == ["user", "user"]
    (port,) = vm.ports
    assert answers(port)
    vm.stop()
    assert not answers(port)


def test_ports_come_and_go_while_it_runs(boot):
    vm = boot()
    port = vm.forward(0, 80)
    assert vm.ports == (port,)
    assert answers(port)
    for guest_port in (80, 81):
        with pytest.raises(UsageError, match="leads to port 80 of the guest already"):
            vm.forward(port.host_port, guest_port)
    vm.unforward(port)
    assert vm.ports == ()
    assert not answers(port)
    with pytest.raises(UsageError, match="leads to no device"):
        vm.unforward(port)


def test_a_port_in_use_fails_the_boot(boot):
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match="in use by"),
    ):
        boot(ports={holder.getsockname()[1]: 80})
    assert registry.machines() == ()


def test_a_port_taken_at_the_last_moment_fails_the_boot(boot, monkeypatch):
    monkeypatch.setattr(networks.ports, "check", lambda _: None)
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match="in use by"),
    ):
        boot(ports={holder.getsockname()[1]: 80})


def test_replacing_a_machine_keeps_its_port(boot):
    port = boot(ports={0: 80}).ports[0]
    vm = boot(ports=[port], replace=True)
    assert answers(vm.ports[0])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"nets": {"servce": "user"}}, "Did you mean 'service'"),
        ({"nets": {"service": "lan:a b"}}, "cannot name a segment"),
        ({"ports": ["1:2", "1:3"]}, "twice"),
        ({"captures": {"nic": ""}}, "There are: other, service"),
    ],
)
def test_mistakes_are_explained_before_anything_starts(boot, choices, message):
    with pytest.raises(UsageError) as caught:
        boot(**choices)
    assert message in f"{caught.value.what} {caught.value.hint}"


@pytest.mark.parametrize("path", ["frames.pcap", "two words, a comma.pcap"])
def test_frames_are_captured(boot, tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vm = boot({"service": lan("captured")}, captures={"service": path, "other": ""})
    assert vm.spec.captures["other"] == str(tmp_path / "tiny-other.pcap")
    vm.stop()
    magic = Path(tmp_path, path).read_bytes()[:4]
    assert magic == bytes.fromhex("d4c3b2a1")


@needs_taps
def test_a_tap_lives_as_long_as_its_machine(boot):
    vm = boot({"service": tap(address=f"{SUBNET}.1/24")})
    interface = Path("/sys/class/net", vm.networks["service"].interface)
    assert interface.exists()
    assert f"ifname={interface.name}" in vm.command
    vm.stop()
    assert not interface.exists()


@needs_taps
def test_taps_that_are_made_at_once_have_subnets_of_their_own(monkeypatch):
    choose = tap_module.with_free_subnet

    def slowly(network):
        chosen = choose(network)
        time.sleep(0.05)  # in which another would choose the same
        return chosen

    monkeypatch.setattr(tap_module, "with_free_subnet", slowly)
    with ThreadPoolExecutor(4) as many:
        made = list(many.map(lambda _: tap_module.open_backend(tap()), range(4)))
    try:
        assert len({one.network.host_address for one in made}) == 4
    finally:
        for one in made:
            os.close(one.descriptor)


OWNER = """
import sys
from pathlib import Path
from support.guests import tiny_guest
from unikernel import machines
image = tiny_guest.image(Path(sys.argv[1]), tiny_guest.say("up\\n") + tiny_guest.LOOP, nets=("a",))
vm = machines.boot(image, nets={"a": sys.argv[2]})
print(vm.networks["a"].interface, flush=True)
sys.stdin.read()
"""


@needs_taps
def test_a_killed_owner_leaves_no_tap(tmp_path):
    argv = [sys.executable, "-c", OWNER, str(tmp_path), f"tap,address={SUBNET}.1/24"]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as owner:
        interface = Path("/sys/class/net", owner.stdout.readline().strip())
        assert interface.exists()
        owner.kill()
    deadline = time.monotonic() + PATIENCE_S
    while interface.exists():
        assert time.monotonic() < deadline


def test_a_detached_machine_tells_its_ports(boot):
    vm = boot(wire=machines.detach, ports={0: 80})
    assert answers(vm.ports[0])
    (seen,) = attach.named(vm.name)
    assert seen.ports == vm.ports
    vm.stop()
    seen.forget()


def test_a_machine_joins_a_segment(boot):
    with Guest(lan("joined")) as a, Guest(lan("joined")) as b:
        boot({"service": "lan:joined", "other": "lan:joined"})
        a.send(ALL, A)
        assert b.receive()
