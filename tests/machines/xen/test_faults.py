"""What goes wrong under a domain of the Xen lab, and what its machine makes of that."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from support import TESTS
from support.children import children
from support.guests.guest_programs import build

import unikernel
from unikernel import machines
from unikernel.errors import Dom0Refused, WrongState
from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab
from unikernel.model.state import Cause, State

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]

PATIENCE_S = 60
CHOICES = {"wait": "line", "timeout_s": PATIENCE_S}
SPINS = """
#include <stdio.h>
int main(void)
{
	puts("spinning");
	__asm__ volatile("cli");
	for (;;)
		;
}
"""
FALLS = """
#include <stdio.h>
int main(void)
{
	struct __attribute__((packed)) { short limit; long base; } no_table = {0, 0};
	puts("falling");
	__asm__ volatile("lidt %0; ud2" : : "m"(no_table));
}
"""
WEB = """
module Http = Http_server.Make (Stack)
let start stack =
  print_endline "ready";
  Http.serve stack [ ("/", Http_response.page "here") ]
"""


@pytest.fixture(scope="module")
def idle():
    return build("c_idle", "xen")


def boot(image, name, **choices):
    return machines.boot(image, name=name, **CHOICES | choices)


def of_c(tmp_path, source):
    file = tmp_path / "main.c"
    file.write_text(source)
    return unikernel.build([file], name="a guest", target="xen")


def answers(vm, number):
    vm.console.write("t")
    return vm.console.expect(rf"{number}: monotonic \d+", timeout_s=PATIENCE_S)


def in_dom0(*argv):
    """Run a program in the dom0 of this process's lab, and leave it."""

    async def run():
        await (await Lab.shared()).dom0.start(argv, lambda _: None)

    event_loop.call(run(), timeout_s=PATIENCE_S)


# ---- the guest


def test_a_guest_that_loses_its_interrupt_table_is_told_in_xens_words(tmp_path):
    with boot(of_c(tmp_path, FALLS), "falls") as vm:
        ended = vm.wait(PATIENCE_S)
    assert ended.cause in {Cause.GIVEN_UP, Cause.TRIPLE_FAULT}
    assert vm.console.text == "falling\n"
    assert re.search("[Tt]riple fault|reset", ended.message)


def test_a_guest_that_spins_without_interrupts_is_stopped_and_holds_up_nobody(tmp_path, idle):
    with boot(idle, "idle") as other, boot(of_c(tmp_path, SPINS), "spins") as vm:
        answers(other, 1)
        begun = time.monotonic()
        assert vm.stop().cause is Cause.STOPPED
        assert time.monotonic() - begun < 20
        answers(other, 2)


def test_a_guest_that_is_copied_runs_on(idle):
    with boot(idle, "copied") as vm:
        answers(vm, 1)
        vm.xl("save", "-c", "copied", "/dev/null")
        vm.xl("list")
        answers(vm, 2)
        assert vm.state is State.RUNNING
        assert vm.stop().cause is Cause.STOPPED


def test_a_guest_that_is_saved_and_put_away_is_lost(idle):
    with boot(idle, "saved") as vm:
        vm.xl("save", "saved", "/dev/null")
        ended = vm.wait(PATIENCE_S)
    assert (ended.cause, ended.message) == (Cause.LOST, "its domain was destroyed")


# ---- its back ends


def page(vm):
    address = f"http://127.0.0.1:{vm.ports[0].host_port}/"
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return answer.read()


def test_a_network_that_goes_away_and_comes_again_carries_on():
    image = unikernel.build(
        WEB, name="web", target="xen", packages=["unikernel-apps.http"], nets=["service"]
    )
    with boot(image, "web", ports=["0:80"]) as vm:
        assert b"here" in page(vm)
        back_end = vm.xl("xenstore-ls", "/local/domain/0/backend/vif")
        bridge = re.search(r'bridge = "(\w+)"', back_end)[1]
        vm.xl("network-detach", "web", "0")
        assert "\n0 " not in vm.xl("network-list", "web")
        vm.xl("network-attach", "web", f"bridge={bridge}")
        assert b"here" in page(vm)


def test_a_disk_that_goes_away_under_a_writer_goes_on_or_is_told(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(1 << 20))
    image = build("ocaml_block_kills", "xen", blocks=("disk",))
    with boot(image, "writer", blocks={"": str(disk)}) as vm:
        vm.console.expect("5", timeout_s=PATIENCE_S)
        (row,) = re.findall(r"^(\d+) .*", vm.xl("block-list", "writer"), re.MULTILINE)
        back_end = vm.xl("xenstore-ls", "/local/domain/0/backend/vbd")
        path = re.search(r'params = "([\w/]+)"', back_end)[1]
        vm.xl("block-detach", "writer", row)
        with contextlib.suppress(Dom0Refused, WrongState):  # it has ended
            vm.xl("block-attach", "writer", f"phy:{path},{row},w")
        said = len(vm.console.text)
        until(lambda: vm.exit or len(vm.console.text) > said + 50)
        assert vm.exit is None or "disconnected" in vm.console.text, vm.console.text


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# ---- dom0, and what it is in


def test_without_xenstore_a_machine_ends_and_the_next_is_in_another_lab(idle, caplog, monkeypatch):
    monkeypatch.setattr("unikernel.machines.xen.xl.toolstack.DESTROY_TIME_S", 3)
    with boot(idle, "old") as old:
        in_dom0("sh", "-c", "kill -9 $(cat /run/xenstored.pid)")
        answers(old, 1)
        with boot(idle, "new") as new, boot(idle, "newer") as newer:
            assert old.pid != new.pid == newer.pid
            assert old.state is State.RUNNING
            ended = old.stop()
            assert (ended.cause, "not destroyed" in ended.message) == (Cause.LOST, True)
            until(lambda: old.pid not in children(os.getpid()))
            answers(new, 1)
    assert [text for text in caplog.messages if "another Xen lab" in text] == caplog.messages
    assert len(caplog.messages) == 1


def test_a_machine_whose_dom0_panics_is_lost_and_the_next_boots(idle):
    with boot(idle, "old") as old, boot(idle, "other") as other:
        in_dom0("sh", "-c", "echo c >/proc/sysrq-trigger")
        for vm in (old, other):
            assert vm.wait(PATIENCE_S).cause is Cause.LOST
    with boot(idle, "new") as new:
        answers(new, 1)


OWNER = """
from support.guests.guest_programs import build
from unikernel import machines
image = build("c_net_echo", "xen", nets=("service",))
vm = machines.boot(image, name="owned", wait="running", nets={"": "user"})
print(vm.pid, flush=True)
input()
"""


def test_two_processes_have_labs_of_their_own_that_go_with_them(idle):
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    argv = (sys.executable, "-c", OWNER)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment}
    with boot(idle, "here") as vm, subprocess.Popen(argv, **pipes) as owner:
        qemu = int(owner.stdout.readline())
        assert qemu != vm.pid
        ends = [os.pidfd_open(pid) for pid in children(owner.pid)]
        assert len(ends) >= 2  # the lab, and what carries the network
        owner.send_signal(signal.SIGKILL)
        for end in ends:
            assert select.select([end], [], [], 20)[0]
            os.close(end)
        answers(vm, 1)
