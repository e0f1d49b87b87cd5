"""Guests that are processes: what is theirs alone."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from support.guests import tiny_process
from support.guests.booting import booting
from support.guests.tiny_process import DEAF, ECHO, LOOP, TRACED, leave, refuse, say, trace_ending

import unikernel
from unikernel import machines
from unikernel.errors import BootFailed, HypervisorMissing, UsageError, WrongState
from unikernel.guest.trace import EndingKind
from unikernel.host import event_loop
from unikernel.machines import registry
from unikernel.machines.boot import unlisted
from unikernel.machines.prepare import prepare
from unikernel.machines.process import command_line
from unikernel.machines.qemu import hypervisor
from unikernel.model.boot_phases import PROCESS_PHASES
from unikernel.model.state import Cause, Exit, State

pytestmark = pytest.mark.boot

PATIENCE_S = 30
READ = "char byte; call(READ, 0, (long)&byte, 1);"


@pytest.fixture
def image(tmp_path):
    """Makes an image of code."""
    return lambda code, **facts: tiny_process.image(tmp_path, code, **facts)


@pytest.fixture
def boot(image):
    """Boots code, returns once it runs; stops everything afterwards."""
    with booting(image, wait="running", timeout_s=PATIENCE_S) as boot:
        yield boot


def wait_for(state, machine):
    """Wait until word of a state has come."""

    async def comes():
        while machine.state is not state:
            await machine._side.progress.changed()

    event_loop.call(comes(), PATIENCE_S)


def test_the_guest_itself_is_the_child(boot):
    vm = boot(say("x\n") + LOOP)
    process = Path(f"/proc/{vm.pid}")
    assert (process / "exe").readlink() == vm.image.path
    assert (process / "environ").read_bytes() == b""
    assert os.getsid(vm.pid) == vm.pid
    assert (vm.kind, vm.accelerator, vm.program) == ("process", "native", str(vm.image.path))
    assert "qemu" not in vm.dimensions()


def test_no_qemu_is_needed(boot, monkeypatch):
    def find(what="Booting"):
        raise HypervisorMissing(f"{what} needs QEMU.")

    monkeypatch.setattr(hypervisor, "find", find)
    vm = boot(say("hello\n") + leave(0))
    assert vm.wait(PATIENCE_S).ok
    assert vm.dimensions()["machine"] == "process"


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"machine": "q35"}, "no machine type: 'q35'"),
        ({"accelerator": "tcg"}, "no accelerator: 'tcg'"),
        ({"on_panic": "pause"}, "cannot be held"),
        ({"environment": {"UNIKERNEL_TRACE": "1"}}, "UNIKERNEL_TRACE is set by the machine"),
        (
            {"environment": {"UNIKERNEL_NET_0": "open:tap0"}},
            "UNIKERNEL_NET_0 is set by the machine",
        ),
    ],
)
def test_choices_that_mean_nothing_to_a_process(boot, choices, message):
    with pytest.raises(UsageError, match=message) as caught:
        boot(LOOP, **choices)
    assert caught.value.hint
    assert registry.machines() == ()


def test_there_is_no_reset_and_no_qmp(boot):
    vm = boot(say("x\n") + leave(0))
    for _ in ("while it runs or has ended", "once it has ended"):
        with pytest.raises(UsageError, match="cannot be reset") as caught:
            vm.reset()
        assert "boot tiny --replace" in caught.value.hint
        with pytest.raises(UsageError, match="query-status"):
            vm.qmp("query-status")
        vm.wait(PATIENCE_S)


def test_a_refusal_to_start_is_told_in_its_words(boot):
    with pytest.raises(BootFailed, match="'tiny' did not start: UNIKERNEL_NET is wrong") as caught:
        boot(refuse("unikernel: UNIKERNEL_NET is wrong\n"))
    assert "UNIKERNEL_MEMORY_MIB=32" in caught.value.detail
    assert registry.machines() == ()


def test_a_guest_of_its_own_accord_may_return_what_a_refusal_does(boot):
    assert boot(leave(64)).wait(PATIENCE_S) == Exit(Cause.EXIT, 64)


def test_an_end_by_a_signal_before_any_sign(boot):
    with pytest.raises(BootFailed, match="killed by SIGSEGV"):
        boot("*(volatile char *)8 = 0;")


def test_a_file_that_is_no_program(image):
    made = image(LOOP)
    made.path.chmod(0o600)
    with pytest.raises(BootFailed, match="Permission denied"):
        machines.boot(made)
    assert registry.machines() == ()


def test_without_a_thread_to_watch_it_there_is_no_process(image, monkeypatch):
    made = image(LOOP)

    def start(thread):
        raise RuntimeError("can't start new thread")

    with machines.boot(image(say("x\n") + LOOP, name="before"), wait="running"):
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        monkeypatch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            machines.boot(made)
        monkeypatch.undo()
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    registry.clear()


def test_a_silent_guest_is_taken_to_run(boot):
    begun = time.monotonic()
    vm = boot(LOOP)
    assert vm.state is State.RUNNING
    assert time.monotonic() - begun < PATIENCE_S


def test_whoever_stops_and_continues_it_is_seen(boot):
    vm = boot(say("x\n") + LOOP)
    seen = []
    vm.on_change(lambda machine: seen.append(machine.state))
    os.kill(vm.pid, signal.SIGSTOP)
    wait_for(State.PAUSED, vm)
    with pytest.raises(WrongState, match="it is paused"):
        vm.pause()
    os.kill(vm.pid, signal.SIGCONT)
    wait_for(State.RUNNING, vm)
    vm.pause()
    vm.resume()
    assert seen == [State.PAUSED, State.RUNNING] * 2


@pytest.mark.parametrize("code", [say("x\n") + LOOP, DEAF + say("x\n") + LOOP])
def test_a_held_one_is_stopped_without_being_seen_to_run(boot, code):
    vm = boot(code)
    vm.pause()
    seen = []
    vm.on_change(lambda machine: seen.append(machine.state))
    assert vm.stop(timeout_s=0.2) == Exit(Cause.STOPPED)
    assert seen == [State.EXITED]


def test_a_held_one_can_be_killed(boot):
    vm = boot(say("x\n") + LOOP)
    vm.pause()
    os.kill(vm.pid, signal.SIGKILL)
    assert vm.wait(PATIENCE_S) == Exit(Cause.LOST, message="the process was killed by SIGKILL")


def test_a_polite_signal_is_a_stop_whoever_sends_it(boot):
    vm = boot(say("x\n") + LOOP)
    os.kill(vm.pid, signal.SIGTERM)
    assert vm.wait(PATIENCE_S) == Exit(Cause.STOPPED)


def test_a_guest_that_ends_as_soon_as_it_goes_on_was_resumed(boot):
    vm = boot(say("x\n") + READ + leave(3))
    vm.pause()
    vm.console.write("\n")
    vm.resume()
    assert vm.wait(PATIENCE_S).status == 3


def test_what_is_typed_before_it_listens_is_not_lost(boot):
    vm = boot(ECHO, paused=True)
    vm.console.write("early\n")
    vm.resume()
    vm.console.expect("early", timeout_s=PATIENCE_S)


def test_a_paused_start_that_somebody_else_resumes(boot):
    vm = boot(TRACED + LOOP, paused=True)
    assert vm.state is State.PAUSED
    os.kill(vm.pid, signal.SIGCONT)
    vm.console.expect("hello", timeout_s=PATIENCE_S)
    event_loop.call(vm._side.progress.reached("line", PATIENCE_S))
    assert [phase.name for phase in vm.timeline.phases] == list(PROCESS_PHASES)
    assert all(phase.duration_ms >= 0 for phase in vm.timeline.phases)


def test_its_own_word_counts_when_nobody_tells_its_status(boot):
    """A host program may have Linux reap its children unseen."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        vm = boot(say("x\n") + READ + trace_ending(EndingKind.ABORT, 255, "canary") + leave(127))
        vm.console.write("\n")
        assert vm.wait(PATIENCE_S) == Exit(Cause.ABORT, 255, "canary")
    finally:
        signal.signal(signal.SIGCHLD, before)


OCAML = """
let start () =
  print_endline "ready";
  if read_line () = "fault" then
    print_int (Array.unsafe_get (Sys.opaque_identity (Obj.magic 1) : int array) 0);
  exit 3
"""


def test_the_library_os_is_such_a_guest():
    made = unikernel.build(OCAML, name="ocaml", target="unix")
    with machines.boot(made, timeout_s=PATIENCE_S) as vm:
        assert [phase.name for phase in vm.timeline.phases] == list(PROCESS_PHASES)
        vm.console.write("leave\n")
        assert vm.wait(PATIENCE_S) == Exit(Cause.EXIT, 3)
    with machines.boot(made, paused=True) as vm:
        assert vm.state is State.PAUSED
        vm.resume()
        vm.console.write("fault\n")
        assert vm.wait(PATIENCE_S).cause is Cause.FAULT
    registry.clear()


def test_the_library_os_refuses_what_it_cannot_read(monkeypatch):
    made = unikernel.build(OCAML, name="ocaml", target="unix")
    command = command_line.command

    def misspelt(*facts):
        image, argv = command(*facts)
        return [image, argv.replace("UNIKERNEL_MEMORY_MIB=32", "UNIKERNEL_MEMORY_MIB=much")]

    monkeypatch.setattr(command_line, "command", misspelt)
    with pytest.raises(BootFailed, match="did not start: UNIKERNEL_MEMORY_MIB is not a number"):
        machines.boot(made)


# ---- One that a debugger holds


def test_one_that_a_debugger_holds_ends_and_the_debugger_with_it(image):
    launch = prepare(image(LOOP), "held", unikernel.Spec())
    command = ("gdb", "-nx", "-q", "-iex", "set debuginfod enabled off")
    with unlisted(launch) as machine:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        debugger = subprocess.Popen([*command, "-p", str(machine.pid)], **pipes)
        while b"(gdb)" not in debugger.stdout.read1():
            assert debugger.poll() is None
    # It sits at its prompt, does not take note of the guest's end, and so keeps it from us.
    assert machine.exit.cause is Cause.STOPPED
    assert debugger.wait(PATIENCE_S) == -signal.SIGKILL
    debugger.stdin.close()
    debugger.stdout.close()
