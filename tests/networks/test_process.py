"""Processes on every kind of network, with the host's tools, each other, and virtio guests."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.children import Watched, children
from support.guests.echo_guest import ECHO, ask_who_has, echoes_datagram, echoes_stream
from support.guests.process_guests import PATIENCE_S, boot, build, nothing_left  # noqa: F401
from support.networks.simulated_guest import Guest, needs_taps

from unikernel import machines, measure
from unikernel.errors import HypervisorLost, HypervisorMissing, PortTaken, UsageError
from unikernel.machines import attach, registry
from unikernel.machines.core.record import image_facts
from unikernel.machines.qemu.qmp import GREETING_TIME_S
from unikernel.machines.xen.lab import lab
from unikernel.measure.iperf3 import Load, client
from unikernel.model.network import lan
from unikernel.model.state import State
from unikernel.networks import ports
from unikernel.render import display

pytestmark = pytest.mark.boot

PAGE = "<h1>Hello from a process</h1>"
WEB = f"""
module Http = Http_server.Make (Stack)
let start stack =
  print_endline "ready";
  Http.serve stack [ ("/", Http_response.page "{PAGE}") ]
"""
IPERF3 = """
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)
let start stack = print_endline "ready"; Iperf3.serve stack
"""
IPERF3_CLIENT = """
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)
let start stack = Iperf3.client stack (Iperf3_keys.request ())
"""


@pytest.fixture(scope="module")
def web():
    return build(WEB, "process web", "unikernel-apps.http")


@pytest.fixture(scope="module")
def echo():
    return build(ECHO, "process echo")


@pytest.fixture(scope="module")
def iperf3():
    return build(IPERF3, "process iperf3", "unikernel-apps.iperf3")


def end(port):
    return port.host_address, port.host_port


def curl(address, port):
    argv = ["curl", "-sS", "--max-time", str(PATIENCE_S), f"http://{address}:{port}/"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def address_of(vm):
    return vm.networks["service"].guest_address.partition("/")[0]


def nat():
    """Return the pid of the QEMU that carries a process's user network."""
    (pid,) = (pid for pid, name in children(os.getpid()).items() if name.startswith("qemu"))
    return pid


# ---- user


def test_a_page_comes_through_the_user_network(web):
    with boot(web, ports=["0:80"]) as vm:
        assert curl(*end(vm.ports[0])) == PAGE


def test_datagrams_and_streams_come_through(echo):
    with boot(echo, ports=["0:7/udp", "0:7"]) as vm:
        udp, tcp = map(end, vm.ports)
        assert echoes_datagram(udp)
        assert echoes_stream(tcp)


def test_ports_come_and_go_while_it_runs(echo):
    with boot(echo) as vm:
        port = vm.forward(0, 7)
        assert vm.ports == (port,)
        assert echoes_stream(end(port))
        vm.unforward(port)
        assert vm.ports == ()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(end(port), PATIENCE_S)
        with pytest.raises(UsageError, match="leads to no device"):
            vm.unforward(port)


def test_a_port_in_use_fails_the_boot(echo):
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match=f"in use by .*process {os.getpid()}"),
    ):
        boot(echo, ports={holder.getsockname()[1]: 7})
    assert registry.machines() == ()


def test_a_port_taken_at_the_last_moment_fails_the_boot(echo, monkeypatch):
    monkeypatch.setattr(ports, "check", lambda _: None)
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(PortTaken, match="in use by"),
    ):
        boot(echo, ports={holder.getsockname()[1]: 7})
    assert registry.machines() == ()


def test_a_port_of_a_machine_that_runs_is_told(echo):
    with boot(echo, ports=["0:7"]) as first:
        taken = first.ports[0].host_port
        with pytest.raises(PortTaken, match="in use by qemu"):
            boot(echo, name="second", ports={taken: 7})
        with boot(echo, name="second") as second:
            with pytest.raises(PortTaken, match="in use by qemu"):
                second.forward(taken, 7)
            port = second.forward(0, 7)
            assert echoes_stream(end(port))
            assert echoes_stream(end(first.ports[0]))


def test_a_process_with_two_devices(web):
    image = build(WEB, "two devices", "unikernel-apps.http", nets=("service", "other"))
    with boot(image, ports=["0:80"], nets={"other": "lan:two"}) as vm:
        assert [network.kind for network in vm.networks.values()] == ["user", "lan"]
        assert curl(*end(vm.ports[0])) == PAGE


def test_a_host_without_qemu(echo, monkeypatch):
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "/no/such/qemu")
    with pytest.raises(HypervisorMissing, match="/no/such/qemu"):
        boot(echo)
    with boot(echo, nets={"": "lan:alone,guest=10.9.7.2/24"}) as vm:
        assert vm.state is State.RUNNING


def test_a_process_that_ends_at_once_takes_its_network_along():
    """However far QEMU has come by then."""
    image = build("let start _ = ()", "ends at once")
    for _ in range(10):
        started_s = time.monotonic()
        with boot(image) as vm:
            assert vm.wait(PATIENCE_S).ok
        assert time.monotonic() - started_s < GREETING_TIME_S


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_user_network_that_is_gone_is_told_plainly(echo):
    with boot(echo, ports=["0:7"]) as vm:
        port = vm.ports[0]
        with socket.create_connection(end(port), PATIENCE_S) as peer:
            os.kill(nat(), signal.SIGKILL)
            with contextlib.suppress(ConnectionResetError):
                assert peer.recv(1) == b""
        with pytest.raises(HypervisorLost) as caught:
            vm.forward(0, 7)
        assert "user network of this machine is gone: QEMU" in caught.value.what
        assert "SIGKILL" in caught.value.what
        assert vm.state is State.RUNNING
        assert vm.ports == ()
        assert "user network lost: QEMU, which carried it, was killed by SIGKILL" in str(
            display.machine_text(vm)
        )
        before_s = cpu_s(vm.pid)
        time.sleep(0.5)  # nothing to wait for: it should do nothing
        assert cpu_s(vm.pid) - before_s < 0.1
    assert vm.exit.cause == "stopped"


def test_another_process_forwards_ports_of_a_detached_one(echo):
    vm = machines.detach(echo, timeout_s=PATIENCE_S, ports=["0:7"])
    try:
        assert echoes_stream(end(vm.ports[0]))
        (seen,) = attach.named(vm.name)
        port = seen.forward(0, 7)
        assert echoes_stream(end(port))
    finally:
        vm.stop()
        vm.forget()


# ---- tap


@needs_taps
@pytest.mark.parametrize("offload", ["on", "off"])
def test_a_process_is_reached_over_a_tap(web, offload):
    with boot(web, nets={"": f"tap,offload={offload}"}) as vm:
        address = address_of(vm)
        assert curl(address, 80) == PAGE
        stdout = subprocess.run(
            ["ping", "-c", "3", "-i", "0.2", "-W", "5", address], capture_output=True, text=True
        ).stdout
        assert " 0% packet loss" in stdout


@needs_taps
@pytest.mark.parametrize("offload", ["on", "off"])
@pytest.mark.parametrize("direction", ["in", "out"])
def test_iperf3_over_a_tap(iperf3, direction, offload):
    if not shutil.which("iperf3"):
        pytest.skip("iperf3 is not installed: apt-get install iperf3")
    with boot(iperf3, nets={"": f"tap,offload={offload}"}) as vm:
        load = Load(seconds=1, streams=2)
        report = client((address_of(vm), 5201), direction, load, lambda *_: None)
    assert report["end"]["sum_received"]["bytes"] > 1 << 20


@needs_taps
def test_a_tap_with_a_name_and_an_mtu(echo):
    wanted = f"tap:t{os.getpid()},address=10.215.7.1/24,mtu=9000"
    with boot(echo, nets={"": wanted}) as vm:
        assert Path(f"/sys/class/net/t{os.getpid()}/mtu").read_text() == "9000\n"
        argv = ["ping", "-c1", "-W5", "-Mdo", "-s", "8972", address_of(vm)]
        assert subprocess.run(argv, capture_output=True).returncode == 0
        assert f"open:t{os.getpid()}" in vm.command


# ---- lan


def test_a_process_is_a_neighbour_on_a_lan(echo):
    with (
        Guest(lan("process")) as here,
        boot(echo, nets={"": "lan:process,guest=10.9.5.2/24"}) as vm,
    ):
        mac, address = ask_who_has(here, bytes([10, 9, 5, 2]))
        assert address == bytes([10, 9, 5, 2])
        assert mac.hex(":") == vm.networks["service"].mac


@pytest.mark.parametrize(
    ("serving", "asking"),
    [
        *(("unix", "unix"), ("unix", "virtio"), ("virtio", "unix")),
        *(("xen", "xen"), ("xen", "virtio"), ("unix", "xen")),
    ],
)
def test_neighbours_of_all_targets_talk_to_each_other(serving, asking):
    server = build(IPERF3, f"{serving} server", "unikernel-apps.iperf3", target=serving)
    asker = build(IPERF3_CLIENT, f"{asking} client", "unikernel-apps.iperf3", target=asking)
    place = "lan:both,guest=10.9.6"
    arguments = ("--server=10.9.6.2", "--time=1")
    with (
        boot(server, nets={"": f"{place}.2/24"}),
        boot(
            asker,
            nets={"": f"{place}.3/24"},
            arguments=arguments,
            wait="running",
        ) as vm,
    ):
        assert vm.wait(PATIENCE_S).ok, vm.console.text
        assert "iperf3: to 10.9.6.2: " in vm.console.text
    lab.close_shared()  # it is a child, too


# ---- captures


def tcpdump(file, *argv):
    text = subprocess.run(["tcpdump", "-n", "-r", str(file), *argv], capture_output=True, text=True)
    assert text.returncode == 0, text.stderr
    return text.stdout


@pytest.mark.parametrize("kind", ["user", pytest.param("tap", marks=needs_taps)])
def test_captured_frames_are_read_by_tcpdump(echo, tmp_path, kind):
    file = tmp_path / "frames.pcap"
    user = kind == "user"
    with boot(
        echo,
        nets={"": kind},
        ports=["0:7/udp", "0:7"] if user else [],
        captures={"service": str(file)},
    ) as vm:
        udp, tcp = map(end, vm.ports) if user else [(address_of(vm), 7)] * 2
        assert echoes_datagram(udp)
        assert echoes_stream(tcp)
    datagrams = tcpdump(file, "udp port 7").splitlines()
    assert len(datagrams) == 2
    assert all("length 5" in line for line in datagrams)
    segments = tcpdump(file, "-vv", "tcp port 7")
    assert "Flags [S.]" in segments
    assert "Flags [F" in segments
    assert "(correct)" in segments
    assert "incorrect" not in segments


def test_a_window_is_as_large_as_the_boot_key_says(echo, tmp_path):
    file = tmp_path / "frames.pcap"
    with boot(
        echo,
        ports=["0:7"],
        captures={"service": str(file)},
        arguments=("--tcp-receive-buffer=16",),
    ) as vm:
        assert echoes_stream(end(vm.ports[0]))
    assert "win 16384," in tcpdump(file, "tcp[tcpflags] == tcp-syn|tcp-ack")


# ---- measurements


@needs_taps
def test_measurements_beside_linux(web, iperf3):
    choices = {"repeat": 1, "baseline": "linux", "nets": {"": "tap"}}
    rows = measure.throughput(iperf3, seconds=1, **choices)
    rows += measure.http(web, seconds=1, **choices)
    rows += measure.latency(web, count=20, **choices)
    for metric in ("throughput.in", "throughput.out", "http.requests", "latency.ping"):
        systems = {row.dimensions["system"]: row for row in rows if row.metric == metric}
        assert set(systems) == {"unikernel", "linux"}
        assert all(row.value > 0 for row in systems.values())
        assert systems["unikernel"].dimensions["machine"] == "process"
        assert systems["linux"].dimensions["machine"] == "namespace"
        assert {row.dimensions["target"] for row in systems.values()} == {"unix"}
        assert {row.dimensions["accelerator"] for row in systems.values()} == {"native"}
    (cpu,) = (row for row in rows if row.metric == "http.cpu")
    assert cpu.dimensions["system"] == "unikernel"
    assert cpu.value > 0


def test_throughput_of_a_user_network(iperf3):
    rows = measure.throughput(iperf3, seconds=1, repeat=1, nets={"": "user"})
    assert rows.median("throughput.in") > 0
    assert rows.median("throughput.out") > 0


# ---- ends

OWNER = """
import json, sys
import unikernel
from unikernel.machines.core.record import image_of
vm = unikernel.boot(image_of(json.loads(sys.argv[1])), nets={"": sys.argv[2]}, timeout_s=30)
print("up", vm.pid, flush=True)
sys.stdin.read()
"""


OWNED = ["user", "lan:owned,guest=10.9.8.2/24", pytest.param("tap", marks=needs_taps)]


@pytest.mark.parametrize("kind", OWNED)
def test_a_killed_owner_leaves_nothing(echo, kind):
    argv = [sys.executable, "-c", OWNER, json.dumps({"image": image_facts(echo)}), kind]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline().startswith(b"up")
        left = Watched(children(owner.pid))
        owner.kill()
    assert len(left) == (2 if kind == "user" else 1)
    assert left.end_within(PATIENCE_S)
    attach.machines()  # it takes what the owner left in the runtime folder
