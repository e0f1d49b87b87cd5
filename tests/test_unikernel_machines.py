"""Guests of a few instructions under real QEMU."""

import asyncio
import os
import signal
import time

import pytest
import tiny_guest
from tiny_guest import ECHO, LOOP, TRIPLE_FAULT, leave, out, say, stamp, trace_ending

from unikernel import engine, machines, session
from unikernel.errors import (
    BootFailed,
    ConsoleTimeout,
    HypervisorLost,
    NameTaken,
    QmpError,
    WrongState,
)
from unikernel.spec import MACHINE_TYPES
from unikernel.state import Cause, Exit, State
from unikernel.timeline import RESTART, UNTRACED
from unikernel.trace import EndingKind, Milestone
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.errors import UsageError as ToolchainUsageError

pytestmark = pytest.mark.boot

PATIENCE_S = 30  # no test is about speed
HZ = b"H" + (1_000_000_000).to_bytes(8, "little")
TRACED = (
    out(tiny_guest.TRACE, HZ)
    + b"".join(stamp(m) for m in Milestone if m is not Milestone.LINE)
    + say("hello\n")
    + stamp(Milestone.LINE)
)


@pytest.fixture
def boot(tmp_path):
    """Boots code under TCG; stops everything afterwards."""
    booted = []

    def boot_code(code, **choices):
        image = tiny_guest.image(tmp_path, code, choices.pop("image_name", "tiny"))
        choices = {"accelerator": "tcg", "timeout_s": PATIENCE_S} | choices
        booted.append(machines.boot(image, **choices))
        return booted[-1]

    yield boot_code
    for machine in booted:
        machine.stop()
    session.clear()


@pytest.mark.parametrize("machine_type", MACHINE_TYPES)
def test_a_guest_speaks_and_runs(boot, machine_type):
    vm = boot(say("hello\n") + LOOP, machine=machine_type)
    assert vm.console.text == "hello\n"
    assert vm.state is State.RUNNING
    assert vm.exit is None
    assert vm.accelerator == "tcg"
    assert vm.timeline.phases[0].name == UNTRACED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (say("x\n") + leave(0), Exit(Cause.EXIT, 0)),
        (leave(3), Exit(Cause.EXIT, 3)),
        (trace_ending(EndingKind.EXIT, 200) + leave(123), Exit(Cause.EXIT, 200)),
        (leave(126), Exit(Cause.FAULT)),
        (
            trace_ending(EndingKind.ABORT, 255, "heap canary") + leave(127),
            Exit(Cause.ABORT, 255, "heap canary"),
        ),
        (TRIPLE_FAULT, Exit(Cause.TRIPLE_FAULT, message="the guest reset without a word")),
    ],
)
def test_how_a_guest_ends(boot, code, expected):
    vm = boot(code)
    assert vm.wait(PATIENCE_S) == expected
    assert vm.state is State.EXITED


def test_the_last_words_before_an_exit_are_heard(boot):
    vm = boot(say("a" * 200 + "\n") + leave(0))
    vm.wait(PATIENCE_S)
    assert vm.console.text == "a" * 200 + "\n"


def test_an_endless_loop_stops_within_a_second(boot):
    vm = boot(say("x\n") + LOOP)
    begun = time.monotonic()
    assert vm.stop() == Exit(Cause.STOPPED)
    assert time.monotonic() - begun < 1
    assert vm.stop() == Exit(Cause.STOPPED)


def test_a_hypervisor_that_does_not_listen_is_killed(boot):
    vm = boot(say("x\n") + LOOP)
    os.kill(vm.pid, signal.SIGSTOP)
    assert vm.stop(timeout_s=0.2).cause is Cause.STOPPED


def test_pause_and_resume(boot):
    vm = boot(say("x\n") + ECHO)
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


def test_a_paused_start_waits_for_resume(boot):
    vm = boot(TRACED + LOOP, paused=True)
    assert vm.state is State.PAUSED
    assert vm.console.text == ""
    assert vm.timeline is None
    paused_at = time.perf_counter()
    with pytest.raises(ConsoleTimeout):
        vm.console.expect("hello", timeout_s=0.3)
    vm.resume()
    engine.call(vm.reached("line", PATIENCE_S))
    assert vm.console.expect("hello", timeout_s=PATIENCE_S)
    paused_ms = (time.perf_counter() - paused_at) * 1000
    assert vm.timeline.total_ms < paused_ms - 250


def test_the_console_goes_both_ways(boot):
    vm = boot(say("ready\n") + ECHO)
    vm.console.expect("ready", timeout_s=PATIENCE_S)
    vm.console.write("ping\n")
    assert vm.console.expect("ping\n", timeout_s=PATIENCE_S)


def test_a_traced_boot_has_a_timeline_that_adds_up(boot):
    vm = boot(TRACED + LOOP)
    names = [phase.name for phase in vm.timeline.phases]
    assert names == ["qemu start", "firmware", "base", "runtime", "libraries", "application"]
    assert sum(p.duration_ms for p in vm.timeline.phases) == pytest.approx(vm.timeline.total_ms)


def test_reset_starts_the_guest_again(boot):
    vm = boot(TRACED + LOOP)
    pid = vm.pid
    for _ in range(2):
        vm.reset()
        vm.console.expect("hello\n", timeout_s=PATIENCE_S)
        assert vm.state is State.RUNNING
    assert vm.pid == pid
    assert vm.console.text == "hello\n" * 3
    engine.call(vm.reached("line", PATIENCE_S))
    assert vm.timeline.phases[0].name == RESTART


def test_after_a_reset_a_triple_fault_still_ends_the_machine(boot):
    vm = boot(say("x\n") + TRIPLE_FAULT, paused=True)
    vm.reset()
    assert vm.wait(PATIENCE_S).cause is Cause.TRIPLE_FAULT


DELAY = b"\xb9" + (100_000_000).to_bytes(4, "little") + b"\xe2\xfe"  # mov $n, %ecx; loop to itself
PANIC = out(tiny_guest.PANIC, b"\x01") + DELAY  # QEMU holds a guest a moment after its panic


def test_a_panic_can_be_held_for_inspection(boot):
    ending = trace_ending(EndingKind.FAULT, 255, "page fault")
    vm = boot(PANIC + say("after\n") + ending + leave(126), on_panic="pause")
    engine.call(vm.reached("exit", PATIENCE_S))
    assert vm.state is State.PANICKED
    assert "EIP" in vm.qmp("human-monitor-command", {"command-line": "info registers"})
    vm.resume()
    assert vm.wait(PATIENCE_S) == Exit(Cause.FAULT, 255, "page fault")


def test_a_held_panic_can_be_reset_and_stopped(boot):
    vm = boot(say("up\n") + PANIC + LOOP, on_panic="pause")
    engine.call(vm.reached("exit", PATIENCE_S))
    vm.reset()
    engine.call(vm.reached("exit", PATIENCE_S))
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


def test_quitting_over_qmp_is_a_stop(boot):
    vm = boot(say("x\n") + LOOP)
    assert vm.qmp("quit") == {}
    assert vm.wait(PATIENCE_S).cause is Cause.STOPPED


def test_a_killed_hypervisor_is_lost(boot):
    vm = boot(say("x\n") + LOOP)
    os.kill(vm.pid, signal.SIGKILL)
    assert vm.wait(PATIENCE_S) == Exit(Cause.LOST, message="QEMU was killed by SIGKILL")
    for call in (vm.pause, vm.resume, vm.reset, lambda: vm.qmp("stop")):
        with pytest.raises(HypervisorLost, match="SIGKILL"):
            call()
    assert vm.stop().cause is Cause.LOST


def test_an_ended_machine_says_what_it_cannot_do(boot):
    vm = boot(say("x\n") + leave(2))
    vm.wait(PATIENCE_S)
    for call in (vm.pause, vm.resume, vm.reset, lambda: vm.console.write("x")):
        with pytest.raises(WrongState, match="status 2"):
            call()
    assert vm.console.text == "x\n"


def test_wait_gives_up_in_time(boot):
    with pytest.raises(WrongState, match="not ended within"):
        boot(say("x\n") + LOOP).wait(0.05)


def test_changes_are_told(boot):
    vm = boot(say("x\n") + LOOP)
    seen = []
    vm.on_change(lambda machine: seen.append(machine.state))
    vm.pause()
    vm.resume()
    vm.stop()
    assert seen == [State.PAUSED, State.RUNNING, State.EXITED]


def test_one_name_one_machine(boot):
    first = boot(say("x\n") + LOOP)
    with pytest.raises(NameTaken, match="'tiny'"):
        boot(LOOP)
    other = boot(say("x\n") + LOOP, name="another")
    assert session.machines() == (first, other)
    second = boot(say("y\n") + LOOP, replace=True)
    assert first.state is State.EXITED
    assert session.machine("tiny") is second


def test_an_ended_machine_gives_its_name_away(boot):
    first = boot(leave(0))
    first.wait(PATIENCE_S)
    assert session.machine("tiny") is first
    second = boot(leave(0))
    assert session.machine("tiny") is second


@pytest.mark.parametrize("name", ["two words", "Grüße", "日本語", "a" * 64])
def test_names_of_any_script(boot, name):
    vm = boot(say("x\n") + LOOP, name=name)
    assert vm.state is State.RUNNING
    assert session.machine(name) is vm


@pytest.mark.parametrize("name", ["a/b", "../x", "a,b", "-x", "a" * 65])
def test_bad_names_are_refused(boot, name):
    with pytest.raises(ToolchainUsageError):
        boot(LOOP, name=name)


def test_the_memory_must_hold_the_image(tmp_path):
    image = tiny_guest.image(tmp_path, LOOP, extra_memory=9 << 20)
    with pytest.raises(BootFailed, match="8 MiB of memory: it needs 11 MiB"):
        machines.boot(image, memory_mib=8)
    assert session.machines() == ()


def test_a_deleted_image(tmp_path):
    image = tiny_guest.image(tmp_path, LOOP)
    image.path.unlink()
    with pytest.raises(ImageInvalid, match="gone"):
        machines.boot(image)


def test_a_machine_is_stopped_at_the_end_of_its_block(tmp_path):
    image = tiny_guest.image(tmp_path, say("x\n") + LOOP)
    with machines.boot(image, accelerator="tcg") as vm:
        assert vm.state is State.RUNNING
    assert vm.state is State.EXITED


def test_everything_awaits_too(tmp_path):
    image = tiny_guest.image(tmp_path, say("x\n") + ECHO)

    async def use():
        async with await machines.boot_async(image, accelerator="tcg") as vm:
            await vm.console.write_async("ping\n")
            await vm.console.expect_async("ping", timeout_s=PATIENCE_S)
            await vm.pause_async()
            await vm.resume_async()
            await vm.reset_async()
            status = await vm.qmp_async("query-status")
        return status, await vm.wait_async()

    status, ended = asyncio.run(use())
    assert status["status"] == "running"
    assert ended.cause is Cause.STOPPED


def test_dimensions_say_where_it_ran(boot):
    said = boot(leave(0)).dimensions()
    assert (said["image"], said["machine"], said["memory_mib"]) == ("tiny", "microvm", 32)
    assert said["accelerator"] == "tcg"
    assert all(said[key] for key in ("target", "qemu", "host_cpu", "host_kernel", "digest"))


def test_the_command_can_be_pasted(boot, tmp_path):
    import shlex
    import subprocess

    vm = boot(say("pasted\n") + leave(0))
    ended = subprocess.run(
        shlex.split(vm.command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.stdout == b"pasted\n"
    assert ended.returncode == 1
