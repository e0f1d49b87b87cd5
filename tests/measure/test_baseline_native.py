"""Linux's own stack as a baseline: reached as a process is, and nothing left of it."""

import os
import re
import subprocess
import sys
import time

import pytest
from support.children import Watched, children
from support.networks.guest_network import interfaces

from unikernel.baseline import namespace
from unikernel.baseline.native import serving
from unikernel.errors import BaselineUnavailable
from unikernel.host import run_folder
from unikernel.machines.xen.lab import lab
from unikernel.measure import iperf3
from unikernel.measure.systems import endpoint
from unikernel.model.network import tap, user

PATIENCE_S = 20
WHY_NOT = namespace.why_not()
needs_namespaces = pytest.mark.skipif(bool(WHY_NOT), reason=f"a network namespace: {WHY_NOT}")


@pytest.fixture
def nothing_left():
    """No interface, namespace or process is there that was not before."""
    lab.close_shared()  # of tests of other files, which would count as a process
    before = interfaces()
    yield
    assert interfaces() == before
    assert children(os.getpid()) == {}


pytestmark = pytest.mark.usefixtures("nothing_left")


@needs_namespaces
@pytest.mark.boot
@pytest.mark.parametrize(
    "network", [tap(), tap(mtu=9000, offload=False), user(["0:8080"])], ids=["tap", "plain", "user"]
)
def test_http_is_served(network):
    with serving("http", 8080, network) as linux:
        address, port = endpoint(linux, 8080)
        argv = ["curl", "-s", "--retry", "9", "--retry-all-errors", f"http://{address}:{port}/"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout == "Hello from Linux!\n"


@needs_namespaces
def test_iperf3_is_served():
    with serving("iperf3", 5999, tap()) as linux:
        load = iperf3.Load(seconds=1)
        report = iperf3.client(endpoint(linux, 5999), "in", load, lambda *_: None)
        assert dict(linux.dimensions())["accelerator"] == "native"
    assert report["end"]["sum_received"]["bytes"] > 0


@needs_namespaces
def test_the_kernel_answers_pings_and_packets_have_the_size_asked_for():
    with serving("ping", 7, tap(mtu=1400)) as linux:
        address, _ = endpoint(linux, 7)
        fits, too_long = (
            subprocess.run(
                ["ping", "-c1", "-W1", "-Mdo", "-s", str(size), address], capture_output=True
            )
            for size in (1372, 1373)
        )
    assert fits.returncode == 0
    assert too_long.returncode != 0


OWNER = """
import sys
from unikernel.measure.systems import endpoint
from unikernel.model.network import user
from unikernel.baseline import connections, native
with native.serving("ping", 7, user() if sys.argv[1] == "user" else connections.Tap()):
    print("up", flush=True)
    sys.stdin.read()
"""


@needs_namespaces
@pytest.mark.parametrize("kind", ["user", "tap"])
def test_a_killed_owner_leaves_nothing(kind, own_runtime_folder):
    before = interfaces()
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout.readline() == b"up\n"
        if kind == "tap":
            assert interfaces() != before
        left = Watched(children(owner.pid))
        owner.kill()
    assert len(left) == (3 if kind == "user" else 2)  # holder, server and QEMU
    assert left.end_within(PATIENCE_S)
    deadline = time.monotonic() + PATIENCE_S
    while interfaces() != before:  # the kernel takes them away after the last process
        assert time.monotonic() < deadline
    assert run_folder.remove_stale() == 1  # as the next boot does
    assert not list(own_runtime_folder.glob("unikernel/*-linux"))


def test_without_privileges_the_reason_is_told():
    program = "from unikernel.baseline.native import check; check('ping')"
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", program]
    if os.geteuid():
        command = command[-3:]
    done = subprocess.run(command, capture_output=True, text=True)
    assert re.search(r"BaselineUnavailable.*CAP_SYS_ADMIN and CAP_NET_ADMIN", done.stderr)
    assert "--baseline" in done.stderr


def test_a_host_without_the_programs(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        pytest.raises(BaselineUnavailable, match="apt-get install util-linux"),
        namespace.namespace(),
    ):
        pass
