"""Machines of other processes, and detached ones."""

import subprocess
import sys

import fake_qemu
import pytest
import tiny_guest
from tiny_guest import ECHO, LOOP, leave, say

from unikernel import hypervisor, runfolder, session
from unikernel.errors import BootFailed, NameTaken, NoSuchMachine
from unikernel.machines import detach, others
from unikernel.process import start_time
from unikernel.state import Cause, Exit, State

pytestmark = pytest.mark.boot

PATIENCE_S = 30
OWNER = """
import sys
from pathlib import Path
import tiny_guest
from unikernel import machines
image = tiny_guest.image(Path(sys.argv[1]), tiny_guest.say("ready\\n") + tiny_guest.ECHO)
vm = machines.boot(image, name=sys.argv[2], accelerator="tcg")
print("up", flush=True)
sys.stdin.read()
print(vm, flush=True)
"""


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path_factory, monkeypatch):
    """A runtime folder of this test's own: it sees no machines but its own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))


@pytest.fixture
def owner(tmp_path, monkeypatch):
    """Starts processes that boot a machine and wait."""
    monkeypatch.setenv("PYTHONPATH", str(tiny_guest.__file__).rpartition("/")[0])
    started = []

    def start(name):
        process = subprocess.Popen(
            (sys.executable, "-c", OWNER, str(tmp_path), name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "up\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    others.machines()


def test_it_is_seen_and_heard(owner):
    process = owner("a machine")
    [vm] = session.others()
    assert (vm.name, vm.owner_pid, vm.state) == ("a machine", process.pid, State.RUNNING)
    assert vm.image.name == "tiny"
    assert vm.spec.memory_mib == 32
    assert vm.console.expect("ready", timeout_s=PATIENCE_S)
    assert session.machine("a machine") is vm
    assert session.machines() == ()


def test_it_is_driven(owner):
    process = owner("vm")
    vm = session.machine("vm")
    vm.console.write("ping é\n")
    vm.console.expect("ping é", timeout_s=PATIENCE_S)
    vm.pause()
    assert vm.qmp("query-status")["status"] == "paused"
    vm.resume()
    vm.reset()
    vm.console.expect("ready", timeout_s=PATIENCE_S)
    assert vm.stop() == Exit(Cause.STOPPED)
    assert process.communicate(timeout=PATIENCE_S)[0] == "vm: stopped\n"
    assert session.others() == ()


def test_an_owner_that_is_killed_takes_it_along(owner):
    process = owner("vm")
    vm = session.machine("vm")
    process.kill()
    assert vm.wait(PATIENCE_S).cause is Cause.LOST
    process.wait(PATIENCE_S)
    assert session.others() == ()


def test_one_name_in_several_processes_needs_the_owner(owner):
    first, second = owner("vm"), owner("vm")
    with pytest.raises(NoSuchMachine, match=f"vm@{first.pid}"):
        session.machine("vm")
    assert session.machine(f"vm@{second.pid}").owner_pid == second.pid


def test_an_unknown_name_names_the_nearest(owner):
    owner("webserver")
    with pytest.raises(NoSuchMachine, match="Did you mean 'webserver'"):
        session.machine("webservre")


@pytest.fixture
def detached(tmp_path):
    """Boots detached machines; stops and forgets them afterwards."""

    def boot(code, **choices):
        image = tiny_guest.image(tmp_path, code)
        return detach(image, **{"accelerator": "tcg", "timeout_s": PATIENCE_S} | choices)

    yield boot
    for vm in others.machines():
        vm.stop()
        vm.forget()


def test_a_detached_machine_has_an_owner_of_its_own(detached):
    vm = detached(say("up\n") + LOOP)
    assert vm.state is State.RUNNING
    assert start_time(vm.owner_pid) is not None
    with pytest.raises(NameTaken, match=str(vm.owner_pid)):
        detached(LOOP)
    second = detached(say("again\n") + LOOP, replace=True)
    assert second.pid != vm.pid
    assert vm.wait(PATIENCE_S).cause is Cause.STOPPED


def test_what_a_detached_machine_said_can_be_read_afterwards(detached):
    vm = detached(say("bye\n") + leave(3), wait="exit")
    assert vm.wait(PATIENCE_S) == Exit(Cause.EXIT, 3)
    assert vm.console.text == "bye\n"
    assert session.machine("tiny").exit.status == 3


def test_its_boot_failures_come_back(detached, tmp_path, monkeypatch):
    monkeypatch.setenv(hypervisor.OVERRIDE, str(fake_qemu.install(tmp_path)))
    monkeypatch.setenv("FAKE_QEMU", "refuse")
    with pytest.raises(BootFailed) as caught:
        detached(ECHO)
    assert "unsupported machine type" in caught.value.detail
    assert others.machines() == ()


def test_a_record_of_another_release_is_passed_over(owner):
    """Somebody may run two releases side by side; neither must break the other's list."""
    owner("theirs")
    (folder,) = runfolder.folders()
    facts = folder.read()
    for change in ({"spec": {"unheard_of": 1}}, {"image": {"name": "x"}}):
        folder.write(facts | change)
        assert others.machines() == ()
    folder.write(facts)
    assert [machine.name for machine in others.machines()] == ["theirs"]
