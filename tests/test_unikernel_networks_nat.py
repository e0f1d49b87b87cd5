"""User networks of a process, with a socket in its place: QEMU's NAT at the other end."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from children import Watched
from frame_stream import FrameStream

from unikernel import engine
from unikernel.errors import HypervisorLost, HypervisorMissing, NetworkUnavailable, PortTaken
from unikernel.forward import Forward
from unikernel.machines import forwarding
from unikernel.network import lan, tap, user
from unikernel.networks import ports
from unikernel.networks.process import ProcessNetworks
from unikernel.process import attachments
from unikernel.spec import Spec

PATIENCE_S = 20
MAC = bytes.fromhex("020000000001")
GUEST, GATEWAY = bytes([10, 0, 2, 15]), bytes([10, 0, 2, 2])
ARP, IPV4 = b"\x08\x06", b"\x08\x00"
REQUEST, REPLY = 1, 2
SYN = 2


def arp(operation, target=bytes(6), address=GATEWAY):
    body = bytes.fromhex("00010800060400") + bytes([operation]) + MAC + GUEST + target + address
    return b"\xff" * 6 + MAC + ARP + body.ljust(46, b"\0")


class Guest:
    """A process's device: it answers ARP requests and sees what comes."""

    def __init__(self, descriptor):
        self.end = socket.socket(fileno=os.dup(descriptor))
        if self.end.type is socket.SOCK_STREAM:
            self.end = FrameStream(fileno=self.end.detach())
        self.end.settimeout(PATIENCE_S)

    def hears(self, wanted):
        """Return the first frame that `wanted` accepts."""
        while True:
            frame = self.end.recv(1 << 16)
            if frame[12:14] == ARP and frame[21] == REQUEST and frame[38:42] == GUEST:
                self.end.send(arp(REPLY, frame[6:12]))
            if wanted(frame):
                return frame


def is_arp_reply(frame):
    return frame[12:14] == ARP and frame[21] == REPLY


def opens_tcp(port):
    def wanted(frame):
        begins = frame[12:14] == IPV4 and frame[23] == 6 and frame[47] & SYN
        return begins and int.from_bytes(frame[36:38], "big") == port

    return wanted


class Running:
    """The networks of a process that is not there, and its devices."""

    def __init__(self, folder, nets, **choices):
        self.spec = Spec(nets=nets, **choices)
        self.lost, self.ended = [], []
        self.networks = engine.call(self._start(folder))

    async def _start(self, folder):
        networks = ProcessNetworks(
            self.spec, folder / "control.sock", self.lost.append, capture_ended=self.ended.append
        )
        self.words, self.descriptors = networks.variables, len(networks.descriptors)
        self.guests = [Guest(number) for number in networks.descriptors[: len(self.spec.nets)]]
        networks.start()
        try:
            await networks.ready()
        except BaseException:
            await networks.end()
            self.close()
            raise
        return networks

    def __enter__(self):
        return self

    def __exit__(self, *_):
        engine.call(self.networks.end())
        self.close()

    def close(self):
        for guest in self.guests:
            guest.end.close()

    @property
    def pid(self):
        return self.networks._nat._process.pid


def test_the_gateway_answers(tmp_path):
    with Running(tmp_path, {"service": user()}) as here:
        here.guests[0].end.send(arp(REQUEST))
        assert here.guests[0].hears(is_arp_reply)[28:32] == GATEWAY


def test_a_port_leads_to_the_guest(tmp_path):
    port = ports.free(Forward(0, 80))
    with Running(tmp_path, {"service": user([port])}) as here, socket.socket() as client:
        client.setblocking(False)
        client.connect_ex((port.host_address, port.host_port))
        frame = here.guests[0].hears(opens_tcp(80))
        assert frame[30:34] == GUEST


def test_ports_come_and_go(tmp_path):
    with Running(tmp_path, {"other": lan("nat"), "service": user()}) as here:
        ask, nets = here.networks.ask, here.networks.nets
        device, network, port = engine.call(forwarding.add(ask, nets, Forward(0, 7)))
        assert device == "service"
        with socket.create_connection((port.host_address, port.host_port), PATIENCE_S):
            here.guests[1].hears(opens_tcp(7))
        engine.call(forwarding.remove(ask, {**nets, device: network}, port))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((port.host_address, port.host_port), PATIENCE_S)


def test_each_device_has_a_network_of_its_own(tmp_path):
    wanted = [ports.free(Forward(0, number)) for number in (80, 81)]
    nets = {"a": user([wanted[0]]), "b": user([wanted[1]], guest="10.7.7.15/24")}
    with Running(tmp_path, nets) as here, socket.socket() as client:
        client.setblocking(False)
        client.connect_ex((wanted[0].host_address, wanted[0].host_port))
        here.guests[0].hears(opens_tcp(80))
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
            engine.call(here.networks.ask("query-status"))
        assert here.lost == ["QEMU, which carried it, was killed by SIGKILL"]


def test_one_that_we_end_is_not_lost(tmp_path):
    with Running(tmp_path, {"service": user()}) as here:
        pid = here.pid
    assert here.lost == []
    assert not Path(f"/proc/{pid}").exists()


OWNER = """
import sys
from pathlib import Path
from test_unikernel_networks_nat import Running
from unikernel.network import user
here = Running(Path(sys.argv[1]), {"service": user()})
print(here.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_owner_leaves_no_qemu(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
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
        assert list(here.words) == ["UNIKERNEL_PLUG_0", "UNIKERNEL_PLUG_1"]
        assert first.startswith("stream:")
        assert first.endswith(",mac=52:54:00:00:00:01")
        assert second.startswith("raw:")
        assert second.endswith(",mtu=1400")
        assert (tmp_path / "b.pcap").exists()


def test_a_command_that_stands_by_itself():
    nets = {"a": user(), "b": tap("t7", mac="02:00:00:00:00:07")}
    assert attachments.variables(nets) == {
        "UNIKERNEL_PLUG_0": "open:uk0",
        "UNIKERNEL_PLUG_1": "open:t7,mac=02:00:00:00:00:07",
    }


def test_a_capture_that_cannot_be_written(tmp_path):
    with pytest.raises(NetworkUnavailable, match="No such file"):
        Running(tmp_path, {"a": lan("x")}, captures={"a": str(tmp_path / "no" / "a.pcap")})
