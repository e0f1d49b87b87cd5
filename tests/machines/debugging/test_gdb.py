"""Guests under gdb: QEMU's stub and ptrace, seen from a notebook's side."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.frontends.terminal_session import TerminalSession

import unikernel
from unikernel import debugging
from unikernel.errors import DebuggerRefused, NoSuchMachine, UsageError, WrongState
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse
from unikernel.host.run_folder import runtime_folder
from unikernel.machines import detach
from unikernel.model.state import Cause, State
from unikernel.render.display import state_text
from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.tools.locate import ocaml_version

pytestmark = pytest.mark.boot

PROGRAM = """\
let add a b =
  let sum = a + b in
  Printf.printf "sum %d\\n%!" sum;
  sum

let rec go n = if n > 4 then n else 1 + go (add n 1)

let start () = print_int (go (Sys.opaque_identity 1))
"""
LOOP = """\
let rec spin n = if n < 0 then 0 else spin ((n land 255) + 1)

let start () =
  print_endline "spins";
  exit (spin 1)
"""
ENDLESS = "let rec deep n = if n < 0 then 0 else 1 + deep (n + 1)\nlet start () = exit (deep 1)\n"
RAISES = 'let start () = print_string ("no " ^ failwith "no")\n'
COMMAND = (sys.executable, "-m", "unikernel.frontends.terminal.cli")
PATIENCE_S = 60
FIRST_LINE = 2  # as in a cell, whose first is the magic


@pytest.fixture(params=["virtio", "unix"])
def boot(request, own_runtime_folder):
    """Boots a program on each target, held before its first instruction."""
    booted = []

    def boot(source=PROGRAM, **choices):
        name = f"debugged-{request.param}"
        image = unikernel.build(source, name=name, target=request.param, first_line=FIRST_LINE)
        booted.append(unikernel.boot(image, **{"paused": True} | choices))
        return booted[-1]

    yield boot
    for machine in booted:
        machine.stop()
    assert all(machine.debugger_pid is None for machine in booted)


def gdb(*words, cell=None):
    return str(actions.run(Call(parse(["gdb", *words]), cell)))


def test_a_breakpoint_its_line_its_callers_a_step_and_on(boot):
    vm = boot()
    said = gdb(vm.name, "break Cell.add", f"break {vm.name}:4", "continue", "backtrace")
    assert "Breakpoint 1, Cell.add () at cell debugged" in said
    assert f"{FIRST_LINE + 1}\t  let sum = a + b in" in said
    callers = re.findall(r"^#\d+ .*?(?:in )?(\S+) \(", said, re.MULTILINE)
    assert callers[:2] == ["Cell.add", "Cell.go"]
    assert callers.index("Cell.start") < callers.index("caml_start_program")
    assert callers.index("caml_start_program") < callers.index("unikernel_main")
    assert vm.state is State.PAUSED
    assert state_text(vm) == "paused, under gdb"
    debugger = debugging.gdb(vm)
    before = debugger.where()
    assert (before.function, before.line) == ("Cell.add", FIRST_LINE + 1)
    gdb(vm.name, "stepi")
    assert before.address < debugger.where().address
    assert f"{FIRST_LINE + 2}\t  Printf.printf" in gdb(vm.name, "continue")
    said = gdb(vm.name, "delete", "continue")
    assert "The guest has ended: exited, status 0." in said
    assert vm.wait(10).ok
    assert vm.console.text.count("sum") == 4


def test_a_guest_that_runs_is_held_by_an_interrupt_and_let_go(boot):
    vm = boot(LOOP, paused=False)
    assert "Cell.spin" in gdb(vm.name, "backtrace")
    assert "The guest runs. To hold it" in gdb(vm.name, "continue")
    assert vm.state is State.RUNNING
    assert "Cell.spin" in gdb(vm.name, "interrupt")
    assert vm.state is State.PAUSED
    for act in (vm.pause, vm.resume):
        with pytest.raises(WrongState, match="gdb has it"):
            act()
    assert "it runs on" in gdb(vm.name, "detach")
    assert (vm.state, vm.debugger_pid) == (State.RUNNING, None)
    vm.pause()
    with debugging.gdb(vm) as debugger:
        registers = debugger.registers()
        assert debugger.memory(registers["rsp"], 16)
    assert (vm.state, vm.debugger_pid) == (State.PAUSED, None)
    vm.resume()
    assert vm.state is State.RUNNING


def test_ending_the_machine_ends_its_gdb(boot):
    vm = boot(LOOP, paused=False)
    debugging.gdb(vm).open()
    assert vm.debugger_pid
    assert vm.stop().cause is Cause.STOPPED
    with pytest.raises(WrongState, match=r"nothing to debug: it has ended \(stopped\)"):
        gdb(vm.name, "backtrace")


def test_a_breakpoint_that_is_not_come_to_is_told_of(boot):
    vm = boot(LOOP)
    said = gdb(vm.name, "break caml_raise_exn", "continue", "--timeout", "0.5")
    assert re.search(r"no breakpoint within 0.5 s, and runs on.*\[@inline never\]", said, re.DOTALL)
    with pytest.raises(WrongState, match="only when it is held"):
        gdb(vm.name, "backtrace")


def test_what_overruns_the_stack_is_caught_where_it_is(boot):
    vm = boot(ENDLESS)
    place = "caml_raise_exn" if ocaml_version() >= (5,) else "unikernel_ocaml_stack_overflow"
    said = gdb(vm.name, f"break {place}", "continue", "backtrace 9")  # a process: a signal before
    assert re.search(rf"Cell.deep \(\) at cell {vm.image.name}:{FIRST_LINE}", said)


def test_an_exception_is_caught_where_it_is_raised(boot):
    said = gdb(boot(RAISES).name, "break caml_raise_exn", "continue", "backtrace")
    assert re.search(rf"Cell.start \(\) at cell .*:{FIRST_LINE}", said)


def test_commands_of_a_breakpoint_run_on(boot):
    vm = boot()
    block = "commands\nsilent\ncontinue\nend"
    said = gdb(vm.name, cell=f"break Cell.add\n{block}\ncontinue\n")
    assert "The guest has ended: exited, status 0." in said


def test_mistakes_are_told_and_leave_the_guest_held(boot):
    vm = boot()
    with pytest.raises(DebuggerRefused, match=r"Cell\.strat") as refusal:
        gdb(vm.name, "break Cell.add", "break Cell.strat")
    assert refusal.value.hint == "Did you mean 'Cell.start'?"
    assert "Breakpoint 1 at" in refusal.value.detail
    with pytest.raises(DebuggerRefused, match="frobnicate"):
        gdb(vm.name, "frobnicate")
    with pytest.raises(UsageError, match="not for a machine's gdb"):
        gdb(vm.name, "run")
    with pytest.raises(NoSuchMachine):
        gdb("no-such-machine", "backtrace")
    assert vm.state is State.PAUSED


def test_without_gdb_its_package_is_named(boot, monkeypatch):
    monkeypatch.setenv("GDB", "/no/such/gdb")
    with pytest.raises(ToolMissing, match="gdb"):
        gdb(boot().name, "backtrace")


def wait_for(state, vm):
    """Wait until word of a state has come."""
    changed = threading.Event()

    def notice(_):
        changed.set()

    vm.on_change(notice)
    while vm.state is not state:
        assert changed.wait(PATIENCE_S)
        changed.clear()
    vm.off_change(notice)


def test_an_interrupt_of_the_cell_holds_the_guest_and_shows_where(boot):
    vm = boot(LOOP, paused=False)
    gdb(vm.name, "break caml_main")  # which will not be called again

    def interrupt():
        wait_for(State.RUNNING, vm)
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    said = gdb(vm.name, "continue", "print 6 * 7", "--timeout", str(PATIENCE_S))
    interrupting.join()
    assert "Cell.spin" in said
    assert "42" not in said  # what came after it was not done
    assert vm.state is State.PAUSED
    assert "Cell.spin" in gdb(vm.name, "backtrace")


def test_another_process_debugs_and_leaves_the_guest_as_it_was(boot):
    vm = boot(LOOP, paused=False)
    for held in (False, True):
        if held:
            vm.pause()
        asked = [*COMMAND, "gdb", vm.name, "backtrace 1", "print 6 * 7"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE_S)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Cell.spin" in done.stdout
        assert done.stdout.endswith("$1 = 42\n")
        wait_for(State.PAUSED if held else State.RUNNING, vm)
        assert vm.debugger_pid is None


def test_whoever_has_not_started_gdb_is_told_who_has(boot):
    vm = boot()
    debugging.gdb(vm).open()
    for command in (("gdb", vm.name, "detach"), ("resume", vm.name)):
        done = subprocess.run([*COMMAND, *command], capture_output=True, text=True)
        assert done.returncode
        assert f"Process {os.getpid()} started that gdb" in done.stderr
    assert vm.debugger_pid


@pytest.fixture(params=["virtio", "unix"])
def detached(request, own_runtime_folder):
    """A machine of a process of its own that never ends by itself."""
    image = unikernel.build(LOOP, name=f"apart-{request.param}", target=request.param)
    vm = detach(image)
    yield vm
    vm.stop()


def test_a_detached_machine_under_gdb_is_stopped(detached):
    assert "Cell.spin" in gdb(detached.name, "backtrace 1")
    assert detached.stop().cause is Cause.STOPPED


def is_looked_at(vm):
    tracer = re.search(r"TracerPid:\s(\d+)", Path(f"/proc/{vm.pid}/status").read_text())
    return tracer[1] != "0" or (runtime_folder() / vm.folder_name / "profile.sock").exists()


def test_an_interrupted_trace_leaves_a_detached_machine_to_gdb(detached):
    async def interrupted():
        looking = asyncio.create_task(detached.sample_async(PATIENCE_S))
        while not is_looked_at(detached):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking

    asyncio.run(interrupted())
    assert "Cell.spin" in gdb(detached.name, "backtrace 1")


def test_at_a_terminal_it_is_gdb_itself(boot):
    vm = boot(LOOP, paused=False)
    with TerminalSession(*COMMAND, "gdb", vm.name) as terminal:
        terminal.expect(r"\(gdb\) ")
        assert vm.debugger_pid
        terminal.type("backtrace\n")
        terminal.expect(r"Cell\.spin")
        terminal.expect(r"\(gdb\) ")
        terminal.type("continue\n")
        terminal.expect(r"Continuing\.")
        if vm.carrier == "hypervisor":  # QEMU hears no interrupt before it lets the guest run
            wait_for(State.RUNNING, vm)
        terminal.type("\x03")
        terminal.expect(r"SIGINT")
        terminal.type("quit\n")
        terminal.expect(r"\(y or n\)")
        terminal.type("y\n")
        terminal.rest()
        assert terminal.status() == 0
    wait_for(State.RUNNING, vm)
    assert vm.debugger_pid is None
