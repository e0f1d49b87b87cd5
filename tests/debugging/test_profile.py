"""Profiles of guests that run: where they are, by name; and what they are like afterwards."""

import subprocess
import sys
import threading
import time

import pytest

import unikernel as uk
from unikernel import plots
from unikernel.debugging import profile
from unikernel.errors import UsageError, WrongState
from unikernel.frontends.commands import actions, parsers
from unikernel.frontends.commands.call import Call
from unikernel.model.state import State

BUSY = """
let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)
let sorted () = List.sort compare (List.init 50 (fun i -> i * 7919 mod 101))
let start () =
  print_endline "busy";
  while true do
    ignore (Sys.opaque_identity (fib 16));
    ignore (Sys.opaque_identity (sorted ()))
  done
"""
WAITS = 'let start () = print_endline "waits"; ignore (read_line ())\n'


@pytest.fixture(scope="module", params=["unix", "virtio"])
def busy(request):
    image = uk.build(BUSY, name="busy", target=request.param)
    with uk.boot(image, memory_mib=32) as machine:
        machine.console.expect("busy", timeout_s=30)
        yield machine


def test_a_profile_names_what_the_guest_does_and_who_called_it(busy):
    seen = profile(busy, 2.0)  # on a busy host some twelve looks a second
    assert seen.samples > 15
    share = {one.name: one.total / seen.samples for one in seen.functions}
    assert share["Cell.fib"] > 0.1
    assert share["Stdlib.List.sort"] > 0.01
    whole = [calls for calls in seen.calls if calls[-1] == "Cell.fib"]
    assert whole
    for calls in whole:  # through OCaml and C, to where everything began
        assert calls.index("caml_main") < calls.index("Cell.start") < calls.index("Cell.fib")
    assert seen.held_s < 0.4 * seen.seconds
    assert "Cell.fib (application, cell)" in str(plots.flame(seen))


def test_the_guest_runs_on_and_can_be_held_afterwards(busy):
    states = []
    watcher = lambda machine: states.append(machine.state)  # noqa: E731
    busy.on_change(watcher)
    profile(busy, 0.3)
    busy.off_change(watcher)
    assert states == []
    assert busy.state is State.RUNNING
    busy.pause()
    with pytest.raises(WrongState, match="cannot be profiled: it is paused"):
        profile(busy, 0.3)
    busy.resume()
    assert profile(busy, 0.3).samples


INTERRUPTED = """
import asyncio
import sys
from unikernel.debugging.profiling import profile_async
from unikernel.machines import registry
try:
    asyncio.run(asyncio.wait_for(profile_async(registry.machine(sys.argv[1]), 60), 1))
except TimeoutError:
    print("interrupted", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("lives_on", [True, False])
def test_a_profile_that_another_process_gives_up_ends(busy, lives_on):
    command = [sys.executable, "-c", INTERRUPTED, busy.name]
    stdin = subprocess.PIPE if lives_on else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "interrupted\n"
        deadline = time.monotonic() + 30
        while True:
            try:
                assert profile(busy, 0.2).samples
                break
            except WrongState:  # it is being profiled, for a moment
                assert time.monotonic() < deadline


def test_one_profile_is_taken_at_a_time(busy):
    outcomes = []

    def look():
        try:
            outcomes.append(profile(busy, 1.0).samples > 0)
        except WrongState as refused:
            outcomes.append(str(refused))

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()
    assert True in outcomes
    outcomes.remove(True)
    assert "cannot be profiled now: it is being profiled" in outcomes[0]


def test_another_process_has_the_owner_look(busy, tmp_path):
    file = tmp_path / "calls.folded"
    command = [sys.executable, "-m", "unikernel.frontends.terminal.cli", "trace", busy.name]
    done = subprocess.run([*command, "-s", "0.5", "-o", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert any("Cell.fib" in line for line in file.read_text().splitlines())


@pytest.mark.parametrize("target", ["unix", "virtio"])
def test_a_guest_that_waits_is_idle(target):
    with uk.boot(uk.build(WAITS, name="waits", target=target), memory_mib=32) as machine:
        machine.console.expect("waits", timeout_s=30)
        seen = profile(machine, 0.4)
        assert seen.idle > 5
        assert seen.samples <= seen.idle
        machine.console.write("on\n")
        assert machine.wait(10).cause == "exit"


@pytest.mark.parametrize("target", ["unix", "virtio"])
def test_a_guest_that_ends_meanwhile_ends_its_profile(target):
    ends = "let start () = let t = Sys.time () in while Sys.time () -. t < 0.3 do () done\n"
    with uk.boot(uk.build(ends, name="ends", target=target), memory_mib=32, paused=True) as machine:
        machine.resume()
        seen = profile(machine, 60)
        assert seen.seconds < 30
        assert machine.wait(10).cause == "exit"


def test_wrong_requests_are_refused(busy):
    with pytest.raises(UsageError, match="up to 600"):
        profile(busy, 1000)
    with pytest.raises(UsageError, match="numbers"):
        profile(busy, "long")
    with pytest.raises(UsageError, match="names no format"):  # before it looks for the machine
        actions.run(Call(parsers.parse(parsers.split("trace nobody -o calls.xyz"))))
