"""Machines of other processes, and detached ones."""

import signal
import subprocess
import sys
import time

import pytest
from support import TESTS, fake_qemu
from support.guests import tiny_guest, tiny_process

from unikernel.disks import open_disks
from unikernel.errors import (
    BootFailed,
    DiskUnavailable,
    NameTaken,
    NoSuchMachine,
    UsageError,
    WrongState,
)
from unikernel.host import run_folder
from unikernel.host.children import start_time
from unikernel.host.run_folder import RunFolder
from unikernel.machines import attach, detach, registry
from unikernel.machines.core import lifecycle
from unikernel.machines.qemu import hypervisor
from unikernel.model.block import parse
from unikernel.model.state import Cause, Exit, State

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]

PATIENCE_S = 30
OWNER = """
import sys
from importlib import import_module
from pathlib import Path
from unikernel import machines
guest = import_module(sys.argv[3])
image = guest.image(Path(sys.argv[1]), guest.say("ready\\n") + guest.ECHO)
vm = machines.boot(image, name=sys.argv[2])
print("up", flush=True)
for line in sys.stdin:
    print(vm, flush=True)
print(vm, flush=True)
"""


@pytest.fixture
def owner(guest, tmp_path, monkeypatch):
    """Starts processes that boot a machine and wait."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    started = []

    def start(name):
        process = subprocess.Popen(
            (sys.executable, "-c", OWNER, str(tmp_path), name, guest.__name__),
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
    attach.machines()


def test_it_is_seen_and_heard(owner):
    process = owner("a machine")
    [vm] = registry.others()
    assert (vm.name, vm.owner_pid, vm.state) == ("a machine", process.pid, State.RUNNING)
    assert vm.image.name == "tiny"
    assert vm.spec.memory_mib == 32
    assert vm.console.expect("ready", timeout_s=PATIENCE_S)
    assert registry.machine("a machine") is vm
    assert registry.machines() == ()


def told_by(process):
    """Return what the owner knows of its machine now."""
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


def test_it_is_driven(owner):
    process = owner("vm")
    vm = registry.machine("vm")
    vm.console.write("ping é\n")
    vm.console.expect("ping é", timeout_s=PATIENCE_S)
    vm.pause()
    assert (vm.state, told_by(process)) == (State.PAUSED, "vm: paused\n")
    vm.resume()
    assert (vm.state, told_by(process)) == (State.RUNNING, "vm: running\n")
    vm.console.write("pong\n")
    vm.console.expect("pong", timeout_s=PATIENCE_S)
    assert vm.stop() == Exit(Cause.STOPPED)
    assert process.communicate(timeout=PATIENCE_S)[0] == "vm: stopped\n"
    assert registry.others() == ()


@pytest.mark.parametrize("guest", ["virtio"], indirect=True)
def test_qemu_is_asked_over_its_second_monitor(owner):
    owner("vm")
    vm = registry.machine("vm")
    vm.pause()
    assert vm.qmp("query-status")["status"] == "paused"
    for _ in range(20):  # what the owner tells of it is taken in before
        vm.reset()
        assert vm.state is State.RUNNING
    assert vm.console.expect("ready", timeout_s=PATIENCE_S)


@pytest.mark.parametrize("guest", ["unix"], indirect=True)
def test_of_a_process_too_nothing_is_reset(owner):
    owner("vm")
    vm = registry.machine("vm")
    for call in (vm.reset, lambda: vm.qmp("query-status")):
        with pytest.raises(UsageError, match="is a process"):
            call()


def test_an_owner_that_is_held_does_not_keep_it_from_being_held(owner, monkeypatch):
    """A person may have put the owner to sleep with Ctrl-Z; its guest runs on."""
    monkeypatch.setattr(lifecycle, "WORD_TIME_S", 0.2)
    process = owner("vm")
    vm = registry.machine("vm")
    process.send_signal(signal.SIGSTOP)
    vm.pause()
    assert vm.state is State.PAUSED
    process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE_S
    while told_by(process) != "vm: paused\n":
        assert time.monotonic() < deadline, "the owner never noticed"


def test_an_owner_that_is_killed_takes_it_along(owner):
    process = owner("vm")
    vm = registry.machine("vm")
    process.kill()
    assert vm.wait(PATIENCE_S).cause is Cause.LOST
    process.wait(PATIENCE_S)
    assert registry.others() == ()


def test_one_name_in_several_processes_needs_the_owner(owner):
    first, second = owner("vm"), owner("vm")
    with pytest.raises(NoSuchMachine, match=f"vm@{first.pid}"):
        registry.machine("vm")
    assert registry.machine(f"vm@{second.pid}").owner_pid == second.pid


def test_an_unknown_name_names_the_nearest(owner):
    owner("webserver")
    with pytest.raises(NoSuchMachine, match="Did you mean 'webserver'"):
        registry.machine("webservre")


@pytest.fixture
def detached(guest, tmp_path):
    """Boots detached machines; stops and forgets them afterwards."""

    def boot(code, **choices):
        image = guest.image(tmp_path, code)
        return detach(image, **{"timeout_s": PATIENCE_S} | choices)

    yield boot
    for vm in attach.machines():
        vm.stop()
        vm.forget()


def test_a_detached_machine_has_an_owner_of_its_own(guest, detached):
    vm = detached(guest.say("up\n") + guest.LOOP)
    assert vm.state is State.RUNNING
    assert start_time(vm.owner_pid) is not None
    with pytest.raises(NameTaken, match=str(vm.owner_pid)):
        detached(guest.LOOP)
    second = detached(guest.say("again\n") + guest.LOOP, replace=True)
    assert second.pid != vm.pid
    assert vm.wait(PATIENCE_S).cause is Cause.STOPPED


def test_what_a_detached_machine_said_can_be_read_afterwards(guest, detached):
    vm = detached(guest.say("bye\n") + guest.leave(3), wait="exit")
    assert vm.wait(PATIENCE_S) == Exit(Cause.EXIT, 3)
    assert vm.console.text == "bye\n"
    assert registry.machine("tiny").exit.status == 3


def test_one_that_ends_while_it_is_looked_for_is_found(guest, detached, monkeypatch):
    """Between the look into its record and the call to its owner, which is gone by then."""
    read, later = RunFolder.read, []

    def read_before_it_ended(folder):
        facts = read(folder)
        if facts and facts.get("exit") and not later:
            later.append(folder)
            return facts | {"exit": None}
        return facts

    detached(guest.say("bye\n") + guest.leave(3), wait="exit")
    attach._known.clear()
    monkeypatch.setattr(run_folder, "remove_stale", lambda: 0)
    monkeypatch.setattr(RunFolder, "read", read_before_it_ended)
    (vm,) = attach.machines()
    assert later
    assert (vm.exit, vm.console.text) == (Exit(Cause.EXIT, 3), "bye\n")


@pytest.mark.parametrize("guest", ["unix"], indirect=True)
def test_one_whose_folder_somebody_removes_meanwhile(guest, detached, monkeypatch):
    monkeypatch.setattr(attach, "machines", tuple)
    with pytest.raises(BootFailed, match="was started, and what it left is gone"):
        detached(guest.leave(0), wait="exit")


@pytest.mark.parametrize("guest", ["virtio"], indirect=True)
def test_its_boot_failures_come_back(detached, tmp_path, monkeypatch):
    monkeypatch.setenv(hypervisor.OVERRIDE, str(fake_qemu.install(tmp_path)))
    monkeypatch.setenv("FAKE_QEMU", "refuse")
    with pytest.raises(BootFailed) as caught:
        detached(tiny_guest.ECHO)
    assert "unsupported machine type" in caught.value.detail
    assert attach.machines() == ()


@pytest.mark.parametrize("guest", ["unix"], indirect=True)
def test_a_process_that_refuses_is_told_of_too(detached):
    with pytest.raises(BootFailed, match="did not start: no such attachment"):
        detached(tiny_process.refuse("unikernel: no such attachment\n"))
    assert attach.machines() == ()


def test_a_record_of_another_release_is_passed_over(owner):
    """Somebody may run two releases side by side; neither must break the other's list."""
    owner("theirs")
    (folder,) = run_folder.folders()
    facts = folder.read()
    for change in ({"spec": {"unheard_of": 1}}, {"image": {"name": "x"}}):
        folder.write(facts | change)
        assert attach.machines() == ()
    earlier = {key: facts[key] for key in facts if key != "process"} | {"qemu": facts["process"]}
    folder.write(earlier)
    assert [machine.pid for machine in attach.machines()] == [facts["process"][0]]
    folder.write(facts)
    assert [machine.name for machine in attach.machines()] == ["theirs"]


def test_disks_of_a_machine_of_another_process_are_changed_by_its_owner(tmp_path):
    image = tiny_guest.image(tmp_path, tiny_guest.say("ready\n") + tiny_guest.ECHO, blocks=("a",))
    vm = detach(image, name="with disk", blocks={"a": "none"}, timeout_s=PATIENCE_S)
    try:
        change_disks(vm, tmp_path / "a.img")
    finally:
        vm.stop()
    with pytest.raises(WrongState, match="ended"):
        vm.attach_disk("a", "4M")
    vm.forget()


def change_disks(vm, file):
    assert vm.attach_disk("a", f"{file},size=1M").size_bytes == 1 << 20
    assert vm.disks["a"].file == str(file)
    with pytest.raises(DiskUnavailable, match="uses it"):
        open_disks({"here": parse(str(file))})
    with pytest.raises(DiskUnavailable, match="disk detach"):
        vm.attach_disk("a", "4M")
    vm.resize_disk("a", "2M")
    assert vm.contents("a").size_bytes == 2 << 20
    (again,) = [one for one in attach.machines() if one.name == "with disk"]
    assert again.disks == vm.disks
    vm.detach_disk("a")
    assert vm.disks["a"].empty
    open_disks({"here": parse(str(file))})["here"].close()
