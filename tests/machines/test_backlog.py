"""Connections that come at the same moment: none has to come again a second later."""

import os
import signal
import socket
import subprocess
from contextlib import ExitStack, contextmanager

import pytest
from support.platforms import ONE_A_TARGET

import unikernel
from unikernel.machines.qemu.user_network import backlog
from unikernel_toolchain import Config, build
from unikernel_toolchain.model.device import network_devices

AT_ONCE = 50
PATIENCE_S = 5  # a connection that Linux dropped is not made while QEMU stands still
SERVER = """
module Main (S : Mirage_stack.V4) = struct
  module Http = Http_server.Make (S)
  let start stack =
    print_endline "serving";
    Http.serve stack [ ("/", Http_response.page "x") ]
end
"""


@pytest.fixture(scope="module", params=ONE_A_TARGET)
def serving(request):
    target = "unix" if request.param == "unix" else "virtio"
    packages = ("unikernel-apps.http",)
    config = Config(
        "busy",
        {"busy.ml": SERVER},
        target=target,
        packages=packages,
        devices=network_devices(("service",)),
    )
    with unikernel.boot(build(config), name="busy", ports={0: 80}, replace=True) as vm:
        vm.console.expect("serving", timeout_s=60)
        yield vm


def qemu_of(vm):
    """Return the process that forwards the port: the guest's QEMU, or the one beside it."""
    if vm.image.target != "unix":
        return vm.pid
    return vm._side.resources.networks._nat._process.pid


@contextmanager
def standing_still(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def all_wait(port, pid):
    """Whether many connections are made while nobody takes them."""
    with standing_still(pid), ExitStack() as connections:
        try:
            for _ in range(AT_ONCE):
                made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
                connections.enter_context(made)
        except TimeoutError:
            return False
        return True


def need_copies(pid):
    if not backlog.widen(pid):
        pytest.skip("this kernel lends no copy of another process's sockets")


@pytest.mark.boot
def test_a_port_of_the_boot(serving):
    waited = all_wait(serving.ports[0].host_port, qemu_of(serving))
    need_copies(qemu_of(serving))
    assert waited


@pytest.mark.boot
def test_a_port_that_is_added(serving):
    forward = serving.forward(0, 80)
    waited = all_wait(forward.host_port, qemu_of(serving))
    need_copies(qemu_of(serving))
    assert waited


def test_other_sockets_are_left_alone():
    here, there = socket.socketpair()
    with here, there, socket.socket(socket.AF_UNIX) as unlistening:
        assert backlog.widen(os.getpid()) == 0
        assert not unlistening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def test_a_process_that_has_ended():
    with subprocess.Popen(("true",)) as process:
        process.wait()
    assert backlog.widen(process.pid) == 0
