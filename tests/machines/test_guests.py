"""Guests of a few instructions, under QEMU and as processes: what is the same for both."""

import asyncio
import os
import shlex
import signal
import subprocess
import time

import pytest
from support.guests import tiny_process
from support.guests.booting import booting

from unikernel import machines
from unikernel.errors import BootFailed, ConsoleTimeout, HypervisorLost, NameTaken, WrongState
from unikernel.guest.trace import EndingKind
from unikernel.host import event_loop
from unikernel.machines import registry
from unikernel.model.boot_phases import PHASES, PROCESS_PHASES, WITHOUT_TRACE
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.errors import BadRequest, ImageInvalid

pytestmark = pytest.mark.boot

PATIENCE_S = 30  # no test is about speed
HANGING_S = 300  # whoever waits so long has waited for nothing


@pytest.fixture
def boot(guest, tmp_path):
    """Boots code; stops everything afterwards."""
    choices = {"timeout_s": PATIENCE_S}
    with booting(lambda code: guest.image(tmp_path, code), **choices) as boot:
        yield boot


def test_a_guest_speaks_and_runs(guest, boot):
    vm = boot(guest.say("hello\n") + guest.LOOP)
    assert vm.console.text == "hello\n"
    assert vm.state is State.RUNNING
    assert vm.exit is None
    assert vm.timeline.phases[0].name == WITHOUT_TRACE


@pytest.mark.parametrize(
    ("told", "status", "expected"),
    [
        (None, 0, Exit(Cause.EXIT, 0)),
        (None, 3, Exit(Cause.EXIT, 3)),
        ((EndingKind.EXIT, 200), 123, Exit(Cause.EXIT, 200)),
        (None, 126, Exit(Cause.FAULT)),
        ((EndingKind.ABORT, 255, "heap canary"), 127, Exit(Cause.ABORT, 255, "heap canary")),
        ((EndingKind.FAULT, 14, "page fault"), 126, Exit(Cause.FAULT, 14, "page fault")),
    ],
)
def test_how_a_guest_ends(guest, boot, told, status, expected):
    ending = guest.trace_ending(*told) if told else guest.say("x\n")
    vm = boot(ending + guest.leave(status))
    assert vm.wait(PATIENCE_S) == expected
    assert vm.state is State.EXITED


def test_the_last_words_before_an_exit_are_heard(guest, boot):
    vm = boot(guest.say("a" * 200 + "\n") + guest.leave(0))
    vm.wait(PATIENCE_S)
    assert vm.console.text == "a" * 200 + "\n"


def test_an_endless_loop_stops_without_force(guest, boot):
    vm = boot(guest.say("x\n") + guest.LOOP)
    begun = time.monotonic()
    assert vm.stop(PATIENCE_S) == Exit(Cause.STOPPED)
    assert time.monotonic() - begun < PATIENCE_S  # after which it would be killed
    assert vm.stop() == Exit(Cause.STOPPED)


def test_a_process_that_does_not_listen_is_killed(guest, boot):
    vm = boot(guest.DEAF + guest.say("x\n") + guest.LOOP)
    os.kill(vm.pid, signal.SIGSTOP)
    assert vm.stop(timeout_s=0.2).cause is Cause.STOPPED


def test_a_process_that_is_killed_is_lost(guest, boot):
    vm = boot(guest.say("x\n") + guest.LOOP)
    os.kill(vm.pid, signal.SIGKILL)
    ended = vm.wait(PATIENCE_S)
    assert ended.cause is Cause.LOST
    assert ended.message.endswith("was killed by SIGKILL")
    for call in (vm.pause, vm.resume):
        with pytest.raises(HypervisorLost, match=f"{vm.carrier} is gone .*SIGKILL"):
            call()
    assert vm.stop().cause is Cause.LOST


def test_pause_and_resume(guest, boot):
    vm = boot(guest.say("x\n") + guest.ECHO)
    vm.pause()
    assert vm.state is State.PAUSED
    with pytest.raises(WrongState, match="it is paused"):
        vm.pause()
    vm.console.write("held")
    with pytest.raises(ConsoleTimeout):
        vm.console.expect("held", timeout_s=0.2)
    vm.resume()
    assert vm.state is State.RUNNING
    assert vm.console.expect("held", timeout_s=PATIENCE_S)
    with pytest.raises(WrongState, match="it is running"):
        vm.resume()


def test_a_paused_start_waits_for_resume(guest, boot):
    vm = boot(guest.TRACED + guest.LOOP, paused=True)
    assert vm.state is State.PAUSED
    assert vm.console.text == ""
    assert vm.timeline is None
    paused_at = time.perf_counter()
    with pytest.raises(ConsoleTimeout):
        vm.console.expect("hello", timeout_s=0.3)
    vm.resume()
    event_loop.call(vm._side.progress.reached("line", PATIENCE_S))
    assert vm.console.expect("hello", timeout_s=PATIENCE_S)
    paused_ms = (time.perf_counter() - paused_at) * 1000
    assert vm.timeline.total_ms < paused_ms - 250


def test_the_console_goes_both_ways(guest, boot):
    vm = boot(guest.say("ready\n") + guest.ECHO)
    vm.console.expect("ready", timeout_s=PATIENCE_S)
    vm.console.write("ping\n")
    assert vm.console.expect("ping\n", timeout_s=PATIENCE_S)


def test_a_traced_boot_has_a_timeline_that_adds_up(guest, boot):
    vm = boot(guest.TRACED + guest.LOOP)
    names = [phase.name for phase in vm.timeline.phases]
    assert names == list(PROCESS_PHASES if guest is tiny_process else PHASES)
    assert all(phase.duration_ms >= 0 for phase in vm.timeline.phases)
    assert sum(p.duration_ms for p in vm.timeline.phases) == pytest.approx(vm.timeline.total_ms)


def test_an_ended_machine_says_what_it_cannot_do(guest, boot):
    vm = boot(guest.say("x\n") + guest.leave(2))
    vm.wait(PATIENCE_S)
    for call in (vm.pause, vm.resume, lambda: vm.console.write("x")):
        with pytest.raises(WrongState, match="status 2"):
            call()
    assert vm.console.text == "x\n"


def test_wait_gives_up_in_time(guest, boot):
    with pytest.raises(WrongState, match="not ended within"):
        boot(guest.say("x\n") + guest.LOOP).wait(0.05)


def test_changes_are_told(guest, boot):
    vm = boot(guest.say("x\n") + guest.LOOP)
    seen = []
    vm.on_change(lambda machine: seen.append(machine.state))
    vm.pause()
    vm.resume()
    vm.stop()
    assert seen == [State.PAUSED, State.RUNNING, State.EXITED]


def test_one_name_one_machine(guest, boot):
    first = boot(guest.say("x\n") + guest.LOOP)
    with pytest.raises(NameTaken, match="'tiny'"):
        boot(guest.LOOP)
    other = boot(guest.say("x\n") + guest.LOOP, name="another")
    assert registry.machines() == (first, other)
    second = boot(guest.say("y\n") + guest.LOOP, replace=True)
    assert first.state is State.EXITED
    assert registry.machine("tiny") is second


def test_an_ended_machine_gives_its_name_away(guest, boot):
    first = boot(guest.leave(0))
    first.wait(PATIENCE_S)
    assert registry.machine("tiny") is first
    second = boot(guest.leave(0))
    assert registry.machine("tiny") is second


@pytest.mark.parametrize("name", ["two words", "Grüße", "日本語", "a" * 64])
def test_names_of_any_script(guest, boot, name):
    vm = boot(guest.say("x\n") + guest.LOOP, name=name)
    assert vm.state is State.RUNNING
    assert registry.machine(name) is vm


def test_the_memory_must_hold_the_image(guest, tmp_path):
    image = guest.image(tmp_path, guest.LOOP, extra_memory=9 << 20)
    with pytest.raises(BootFailed, match=r"8 MiB of memory: it needs 1\d MiB"):
        machines.boot(image, memory_mib=8)
    assert registry.machines() == ()


@pytest.mark.parametrize("name", ["a/b", "../x", "a,b", "-x", "a" * 65])
def test_bad_names_are_refused(guest, boot, name):
    with pytest.raises(BadRequest):
        boot(guest.LOOP, name=name)


def test_a_deleted_image(guest, tmp_path):
    image = guest.image(tmp_path, guest.LOOP)
    image.path.unlink()
    with pytest.raises(ImageInvalid, match="gone"):
        machines.boot(image)


def test_a_machine_is_stopped_at_the_end_of_its_block(guest, tmp_path):
    image = guest.image(tmp_path, guest.say("x\n") + guest.LOOP)
    with machines.boot(image) as vm:
        assert vm.state is State.RUNNING
    assert vm.state is State.EXITED


def test_everything_awaits_too(guest, tmp_path):
    image = guest.image(tmp_path, guest.say("x\n") + guest.ECHO)

    async def use():
        async with await machines.boot_async(image) as vm:
            await vm.console.write_async("ping\n")
            await vm.console.expect_async("ping", timeout_s=PATIENCE_S)
            await vm.pause_async()
            await vm.resume_async()
        return await vm.wait_async()

    assert asyncio.run(use()).cause is Cause.STOPPED


def test_dimensions_say_where_it_ran(guest, boot):
    vm = boot(guest.leave(0))
    dimensions = vm.dimensions()
    assert (dimensions["image"], dimensions["target"], dimensions["memory_mib"]) == (
        "tiny",
        vm.image.target,
        32,
    )
    assert (dimensions["machine"], dimensions["accelerator"]) == (vm.kind, vm.accelerator)
    assert all(dimensions[key] for key in ("host_cpu", "host_kernel", "digest"))


def test_a_silent_guest_is_ready_once_it_has_started_and_waits(guest, boot):
    begun = time.monotonic()
    vm = boot(guest.stamp(4) + guest.LOOP, timeout_s=HANGING_S)
    assert time.monotonic() - begun < HANGING_S
    assert (vm.state, vm.console.text) == (State.RUNNING, "")
    vm.settle(HANGING_S)  # at once


def test_a_guest_that_waits_before_its_first_line_is_still_heard(guest, boot, monkeypatch):
    monkeypatch.setattr("unikernel.machines.core.boot_progress.SETTLE_S", HANGING_S)
    begun = time.monotonic()
    vm = boot(guest.stamp(4) + guest.say("late\n") + guest.stamp(5) + guest.LOOP)
    assert vm.console.text == "late\n"
    assert time.monotonic() - begun < HANGING_S


def test_the_command_can_be_pasted(guest, boot):
    vm = boot(guest.say("pasted\n") + guest.leave(0))
    ended = subprocess.run(
        shlex.split(vm.command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.stdout == b"pasted\n"
    assert ended.returncode == (0 if guest is tiny_process else 1)
