"""User networks of a process, with a socket in its place: QEMU's NAT at the other end."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import TESTS
from support.children import Watched
from support.networks.process_networks import (
    GATEWAY,
    GUEST,
    PATIENCE_S,
    REQUEST,
    Running,
    arp,
    is_arp_reply,
    opens_tcp,
)

from unikernel.errors import HypervisorLost, HypervisorMissing, NetworkUnavailable, PortTaken
from unikernel.host import event_loop
from unikernel.machines.process import attachments
from unikernel.machines.qemu.user_network import forwarding
from unikernel.model.network import lan, tap, user
from unikernel.model.port_forward import Forward
from unikernel.networks import ports


def test_the_gateway_answers(tmp_path):
    with Running(tmp_path, {"service": user()}) as here:
        here.guests[0].end.send(arp(REQUEST))
        assert here.guests[0].receive(is_arp_reply)[28:32] == GATEWAY


def test_a_port_leads_to_the_guest(tmp_path):
    port = ports.free(Forward(0, 80))
    with Running(tmp_path, {"service": user([port])}) as here, socket.socket() as client:
        client.setblocking(False)
        client.connect_ex((port.host_address, port.host_port))
        frame = here.guests[0].receive(opens_tcp(80))
        assert frame[30:34] == GUEST


def test_ports_come_and_go(tmp_path):
    with Running(tmp_path, {"other": lan("nat"), "service": user()}) as here:
        ask, nets = here.networks.ask, here.networks.nets
        device, network, port = event_loop.call(forwarding.add(ask, nets, Forward(0, 7)))
        assert device == "service"
        with socket.create_connection((port.host_address, port.host_port), PATIENCE_S):
            here.guests[1].receive(opens_tcp(7))
        event_loop.call(forwarding.remove(ask, {**nets, device: network}, port))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((port.host_address, port.host_port), PATIENCE_S)


def test_each_device_has_a_network_of_its_own(tmp_path):
    wanted = [ports.free(Forward(0, number)) for number in (80, 81)]
    nets = {"a": user([wanted[0]]), "b": user([wanted[1]], guest="10.7.7.15/24")}
    with Running(tmp_path, nets) as here, socket.socket() as client:
        client.setblocking(False)
        client.connect_ex((wanted[0].host_address, wanted[0].host_port))
        here.guests[0].receive(opens_tcp(80))
        here.guests[1].end.setblocking(False)
        with pytest.raises(BlockingIOError):
            here.guests[1].end.recv(1)


def test_a_port_in_use(tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match=f"process {os.getpid()}"),
    ):
        Running(tmp_path, {"service": user({holder.getsockname()[1]: 80})})


def test_a_port_taken_at_the_last_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "check", lambda _: None)
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match=f"process {os.getpid()}"),
    ):
        Running(tmp_path, {"service": user({holder.getsockname()[1]: 80})})


def test_a_host_without_qemu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("QEMU_SYSTEM_X86_64", raising=False)
    with pytest.raises(HypervisorMissing) as caught:
        Running(tmp_path, {"service": user()})
    assert "The user network of a process needs QEMU" in caught.value.what
    assert "qemu-system-x86" in caught.value.hint


def test_a_qemu_that_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "false")
    with pytest.raises(NetworkUnavailable, match="does not start"):
        Running(tmp_path, {"service": user()})


def test_a_qemu_that_is_killed(tmp_path):
    with Running(tmp_path, {"service": user()}) as here:
        os.kill(here.pid, signal.SIGKILL)
        with pytest.raises(HypervisorLost, match="killed by SIGKILL"):
            event_loop.call(here.networks.ask("query-status"))
        assert here.lost == ["QEMU, which carried it, was killed by SIGKILL"]


def test_one_that_we_end_is_not_lost(tmp_path):
    with Running(tmp_path, {"service": user()}) as here:
        pid = here.pid
    assert here.lost == []
    assert not Path(f"/proc/{pid}").exists()


OWNER = """
import sys
from pathlib import Path
from support.networks.process_networks import Running
from unikernel.model.network import user
here = Running(Path(sys.argv[1]), {"service": user()})
print(here.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_owner_leaves_no_qemu(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as owner:
        qemu = Watched([int(owner.stdout.readline())])
        owner.kill()
    assert qemu.end_within(PATIENCE_S)


def test_what_the_process_is_told(tmp_path):
    nets = {"a": user(mac="52:54:00:00:00:01"), "b": lan("told", mtu=1400)}
    with Running(tmp_path, nets, captures={"b": str(tmp_path / "b.pcap")}) as here:
        first, second = (guest for guest in here.words.values())
        assert list(here.words) == ["UNIKERNEL_NET_0", "UNIKERNEL_NET_1"]
        assert first.startswith("stream:")
        assert first.endswith(",mac=52:54:00:00:00:01")
        assert second.startswith("raw:")
        assert second.endswith(",mtu=1400")
        assert (tmp_path / "b.pcap").exists()


def test_a_command_that_stands_by_itself():
    nets = {"a": user(), "b": tap("t7", mac="02:00:00:00:00:07")}
    assert attachments.variables(nets) == {
        "UNIKERNEL_NET_0": "open:uk0",
        "UNIKERNEL_NET_1": "open:t7,mac=02:00:00:00:00:07",
    }


def test_a_capture_that_cannot_be_written(tmp_path):
    with pytest.raises(NetworkUnavailable, match="No such file"):
        Running(tmp_path, {"a": lan("x")}, captures={"a": str(tmp_path / "no" / "a.pcap")})
