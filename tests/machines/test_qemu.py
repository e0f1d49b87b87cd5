"""Guests of a few instructions under QEMU: what only QEMU can do."""

import asyncio
import os
import signal
import time

import pytest
from support.guests import tiny_guest
from support.guests.booting import booting
from support.guests.tiny_guest import LOOP, TRACED, TRIPLE_FAULT, leave, out, say, trace_ending

from unikernel import machines
from unikernel.errors import HypervisorLost, HypervisorSilent, QmpError, WrongState
from unikernel.guest.trace import EndingKind
from unikernel.host import event_loop
from unikernel.machines.qemu import accelerator, qmp
from unikernel.model.boot_phases import RESTART, WITHOUT_TRACE
from unikernel.model.spec import MACHINE_TYPES
from unikernel.model.state import Cause, Exit, State

pytestmark = pytest.mark.boot

PATIENCE_S = 30  # no test is about speed


@pytest.fixture
def boot(tmp_path):
    """Boots code under TCG; stops everything afterwards."""
    choices = {"timeout_s": PATIENCE_S}
    with booting(lambda code: tiny_guest.image(tmp_path, code), **choices) as boot:
        yield boot


@pytest.mark.parametrize("machine_type", MACHINE_TYPES)
def test_a_guest_speaks_and_runs(boot, machine_type):
    vm = boot(say("hello\n") + LOOP, machine=machine_type)
    assert vm.console.text == "hello\n"
    assert vm.state is State.RUNNING
    assert vm.exit is None
    assert vm.accelerator == accelerator.choose().name
    assert vm.timeline.phases[0].name == WITHOUT_TRACE


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_reset_starts_the_guest_again(machine, boot):
    vm = boot(TRACED + LOOP, machine=machine)
    pid = vm.pid
    for _ in range(2):
        vm.reset()
        vm.console.expect("hello\n", timeout_s=PATIENCE_S)
        assert vm.state is State.RUNNING
    assert vm.pid == pid
    assert vm.console.text == "hello\n" * 3
    event_loop.call(vm._side.progress.reached("line", PATIENCE_S))
    deadline = time.monotonic() + PATIENCE_S  # times come by another way than lines, in any order
    while vm.timeline.phases[0].name != RESTART and time.monotonic() < deadline:
        time.sleep(0.01)
    assert vm.timeline.phases[0].name == RESTART


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_after_a_reset_a_triple_fault_still_ends_the_machine(machine, boot):
    vm = boot(say("x\n") + TRIPLE_FAULT, paused=True, machine=machine)
    vm.reset()
    assert vm.wait(PATIENCE_S).cause is Cause.TRIPLE_FAULT


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_a_guest_may_end_at_once_after_a_reset(machine, boot):
    vm = boot(say("x\n") + leave(6), paused=True, machine=machine)
    vm.reset()
    assert vm.wait(PATIENCE_S).cause is Cause.EXIT


DELAY = b"\xb9" + (100_000_000).to_bytes(4, "little") + b"\xe2\xfe"  # mov $n, %ecx; loop to itself
PANIC = out(tiny_guest.PANIC, b"\x01") + DELAY  # QEMU holds a guest a moment after its panic


def test_a_panic_can_be_held_for_inspection(boot):
    ending = trace_ending(EndingKind.FAULT, 255, "page fault")
    vm = boot(PANIC + say("after\n") + ending + leave(126), on_panic="pause")
    event_loop.call(vm._side.progress.reached("exit", PATIENCE_S))
    assert vm.state is State.PANICKED
    assert "EIP" in vm.qmp("human-monitor-command", {"command-line": "info registers"})
    vm.resume()
    assert vm.wait(PATIENCE_S) == Exit(Cause.FAULT, 255, "page fault")


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_a_held_panic_can_be_reset_and_stopped(machine, boot):
    vm = boot(say("up\n") + PANIC + LOOP, on_panic="pause", machine=machine)
    event_loop.call(vm._side.progress.reached("exit", PATIENCE_S))
    vm.reset()
    event_loop.call(vm._side.progress.reached("exit", PATIENCE_S))
    assert vm.state is State.PANICKED
    assert vm.console.text == "up\nup\n"
    assert vm.stop().cause is Cause.STOPPED


def test_without_holding_a_panic_goes_on_to_its_exit(boot):
    vm = boot(PANIC + trace_ending(EndingKind.FAULT, 255, "page fault") + leave(126))
    assert vm.wait(PATIENCE_S).cause is Cause.FAULT


def test_any_qmp_command(boot, tmp_path):
    vm = boot(say("x\n") + LOOP)
    assert vm.qmp("query-status")["status"] == "running"
    memory = tmp_path / "memory"
    arguments = {"val": tiny_guest.LOAD_ADDRESS, "size": 4, "filename": str(memory)}
    vm.qmp("pmemsave", arguments)
    assert memory.read_bytes() == b"\x7fELF"
    with pytest.raises(QmpError, match="Did you mean 'query-status'"):
        vm.qmp("query-statuss")
    with pytest.raises(QmpError, match="missing"):
        vm.qmp("pmemsave")


def test_a_reset_over_qmp_begins_the_guest_anew(boot):
    vm = boot(say("x\n") + LOOP)
    assert vm.qmp("system_reset") == {}
    vm.console.expect("x\n", timeout_s=PATIENCE_S)
    assert (vm.state, vm.exit) == (State.RUNNING, None)
    assert vm.console.text == "x\nx\n"


def test_quitting_over_qmp_is_a_stop(boot):
    vm = boot(say("x\n") + LOOP)
    assert vm.qmp("quit") == {}
    assert vm.wait(PATIENCE_S).cause is Cause.STOPPED


def test_a_killed_hypervisor_neither_resets_nor_answers(boot):
    vm = boot(say("x\n") + LOOP)
    os.kill(vm.pid, signal.SIGKILL)
    assert vm.wait(PATIENCE_S) == Exit(Cause.LOST, message="QEMU was killed by SIGKILL")
    for call in (vm.reset, lambda: vm.qmp("stop")):
        with pytest.raises(HypervisorLost, match="SIGKILL"):
            call()


def test_an_ended_guest_is_not_reset(boot):
    vm = boot(say("x\n") + leave(2))
    vm.wait(PATIENCE_S)
    with pytest.raises(WrongState, match="status 2"):
        vm.reset()


def test_a_guest_can_power_off_by_a_triple_fault(boot):
    # QEMU 7.2 may hang when it is asked for its capabilities just while it shuts down.
    vm = boot(TRIPLE_FAULT, paused=True)
    vm.resume()
    assert vm.wait(PATIENCE_S).message == "the guest reset without a message"


def test_a_qemu_that_is_held_is_said_to_be_silent_and_can_be_stopped(boot, monkeypatch):
    vm = boot(say("up\n") + LOOP)
    monkeypatch.setattr(qmp, "ANSWER_TIME_S", 0.3)
    os.kill(vm.pid, signal.SIGSTOP)
    with pytest.raises(HypervisorSilent, match="'stop'"):
        vm.pause()
    assert vm.stop(timeout_s=1).cause is Cause.STOPPED


def test_reset_and_qmp_await_too(tmp_path):
    image = tiny_guest.image(tmp_path, say("x\n") + LOOP)

    async def use():
        async with await machines.boot_async(image) as vm:
            await vm.reset_async()
            return await vm.qmp_async("query-status")

    assert asyncio.run(use())["status"] == "running"


def test_dimensions_name_the_qemu(boot):
    dimensions = boot(leave(0)).dimensions()
    assert (dimensions["machine"], dimensions["accelerator"]) == (
        "microvm",
        accelerator.choose().name,
    )
    assert dimensions["qemu"]
