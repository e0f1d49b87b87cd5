"""Cores of guests that crash: kept when asked for, opened after the fact, bounded."""

import asyncio
import os
import re
from unittest.mock import Mock

import pytest

import unikernel
from unikernel import debugging
from unikernel.errors import DebuggerRefused, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse
from unikernel.frontends.notebook import boot_cell
from unikernel.machines import cores
from unikernel.machines.process import core_dump
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, State
from unikernel.model.targets import XEN
from unikernel.render.display import machine_text
from unikernel_toolchain.errors import ToolMissing

pytestmark = pytest.mark.boot

FAULT = """\
let peek address = Bigarray.Array1.unsafe_get (Obj.magic 0) address

let rec dig n = if n > 3 then Obj.magic (peek n) else 1 + dig (n + 1)

let start () = print_int (dig (Sys.opaque_identity 1))
"""
ABORT = """\
#include <stdlib.h>
static void broken(void) { abort(); }
int main(void) { broken(); return 0; }
"""
DEEP = """\
#include <stdlib.h>
int deep(volatile int n) { volatile char b[64]; b[0] = n; return deep(n + 1) + b[0]; }
int main(void) { return deep(1); }
"""
TALKS = """\
let peek address = Bigarray.Array1.unsafe_get (Obj.magic 0) address

let start () = print_endline "now"; print_int (peek (Sys.opaque_identity 4))
"""
PATIENCE_S = 30


@pytest.fixture(autouse=True)
def own_cores(monkeypatch, tmp_path):
    """A folder for cores that is this test's own."""
    monkeypatch.setattr(cores, "folder", lambda: tmp_path / "cores")


@pytest.fixture(params=["virtio", "unix"])
def crashed(request):
    """Boots a program that crashes, and returns the machine once it has."""
    machines = []

    def crashed(source=FAULT, **choices):
        language = "c" if "#include" in source else None
        image = unikernel.build(
            source, name=f"crash-{request.param}", target=request.param, language=language
        )
        asked = {"wait": "exit", "timeout_s": PATIENCE_S} | choices
        machines.append(unikernel.boot(image, **asked))
        return machines[-1]

    yield crashed
    for machine in machines:
        machine.stop()


def core(*words):
    return str(actions.run(Call(parse(["core", *words]))))


def test_a_core_is_opened_after_its_guest_is_gone(crashed):
    vm = crashed(core=True)
    assert vm.wait(PATIENCE_S).cause is Cause.FAULT
    assert f"core {vm.name}" in machine_text(vm)
    (kept,) = unikernel.cores()
    assert kept == vm.core
    assert kept.path.stat().st_size > vm.spec.memory_mib << 20
    assert kept.disk_bytes < 8 << 20
    assert kept.folder.stat().st_mode & 0o077 == 0
    assert re.search(rf"{vm.name} .*page fault", core())
    said = core(vm.name)
    callers = re.findall(r"^#\d+ .*?(?:in )?(\S+) \(", said, re.MULTILINE)
    for inner, outer in (("Cell.dig", "Cell.start"), ("Cell.start", "caml_main")):
        assert callers.index(inner) < callers.index(outer)
    assert callers.count("Cell.dig") >= 4
    assert re.search(r"^rip +0x", said, re.MULTILINE)
    assert re.search(
        rf"It crashed in caml_ba_get_N.* from Cell.dig, cell {vm.image.name}, line 1\.\n→ 1\t.*"
        r"without \d+ frames .*Registers",
        said,
        re.DOTALL,
    )
    assert "platform_exit" not in said
    assert core(vm.name, "print 6 * 7").endswith("= 42")
    with pytest.raises(DebuggerRefused, match="No symbol"):
        core(vm.name, "print nothing_of_that_name")
    assert [path.name for path in kept.folder.iterdir() if path.name == "gdb"] == []


def test_a_core_of_an_abort_begins_where_it_was_called(crashed):
    vm = crashed(ABORT, core=True)
    assert vm.wait(PATIENCE_S).cause is Cause.ABORT
    said = core(vm.name)
    assert re.search(r"\babort \(", said)
    assert re.search(rf"called from (broken|main), cell {vm.image.name}, line [23]\.", said)
    assert f" at cell {vm.image.name}:" in said  # and no folder that it was built in


def test_of_a_deep_recursion_the_first_and_the_last_calls_are_shown(crashed):
    vm = crashed(DEEP, core=True)
    said = core(vm.name)
    assert re.search(r"^ +… [\d,]{5,} frames$", said, re.MULTILINE)
    assert re.search(r"^#\d+ unikernel_main \(", said, re.MULTILINE)
    assert said.count("deep (") < 12


def test_whoever_asks_at_once_waits_for_it(crashed):
    vm = crashed(core=True, wait="line", source=TALKS)
    assert "→ 1" in core(vm.name)
    assert vm.wait_for_core() == vm.core == unikernel.cores()[0]


@pytest.mark.parametrize("crashed", ["unix"], indirect=True)
def test_the_cell_that_boots_waits_for_it(crashed, monkeypatch):
    take = core_dump.take

    async def slowly(*asked):
        await asyncio.sleep(boot_cell.FOLLOW_S + 1.0)
        return await take(*asked)

    monkeypatch.setattr(core_dump, "take", slowly)
    vm = crashed(TALKS, core=True, wait="line")
    shown = Mock()
    boot_cell.follow(vm, None, shown)
    assert "fault" in shown.update.call_args.args[0]["text/plain"].splitlines()[-1]
    assert vm.core
    assert f"its core is kept: %unikernel core {vm.name}" in machine_text(vm)


def test_an_exception_leaves_none_and_that_is_said(crashed):
    vm = crashed("let start () = failwith {|no|}", core=True)
    with pytest.raises(UsageError, match="by an exception or with status 2") as refusal:
        core(vm.name)
    assert f"logs {vm.name}" in refusal.value.hint
    assert "--core" not in refusal.value.hint
    assert "no core" not in machine_text(vm)


def test_without_being_asked_none_is_kept(crashed):
    vm = crashed()
    assert vm.wait(PATIENCE_S).cause is Cause.FAULT
    assert (vm.core, unikernel.cores()) == (None, ())
    assert "--core" in machine_text(vm)
    assert "No core is kept" in core()
    with pytest.raises(UsageError, match="no core of") as refusal:
        core(vm.name)
    assert f"boot {vm.name} --core" in refusal.value.hint


def test_a_guest_that_ends_well_leaves_none(crashed):
    vm = crashed("let start () = print_endline {|fine|}", core=True)
    assert vm.wait(PATIENCE_S).ok
    assert unikernel.cores() == ()


def test_the_oldest_go(crashed, monkeypatch):
    monkeypatch.setattr(cores, "KEPT", 2)
    kept = [crashed(core=True) for _ in range(3)]
    for vm in kept:
        vm.wait_for_core()
    assert [one.folder for one in unikernel.cores()] == [vm.core.folder for vm in kept[:0:-1]]


@pytest.mark.parametrize("crashed", ["virtio"], indirect=True)
def test_a_guest_that_is_held_in_its_panic_leaves_one_too(crashed):
    vm = crashed(core=True, on_panic="pause")
    assert (vm.state, len(unikernel.cores())) == (State.PANICKED, 1)
    assert "Cell.dig" in debugging.gdb(vm).run("backtrace")


@pytest.mark.parametrize("crashed", ["unix"], indirect=True)
def test_a_process_needs_gdb_for_it_and_says_so_at_once(crashed, monkeypatch):
    monkeypatch.setenv("GDB", "/no/such/gdb")
    with pytest.raises(ToolMissing, match="gdb"):
        crashed(core=True)


def test_a_core_that_is_larger_than_it_may_be_is_not_kept(tmp_path):
    ours, theirs = os.pipe()
    os.write(theirs, b"x" * 4096)
    os.close(theirs)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        cores.write_sparsely(ours, tmp_path / "core", 100)
    os.close(ours)


def test_zeroes_are_holes(tmp_path):
    ours, theirs = os.pipe()
    data = b"begin" + bytes(1 << 15) + b"end" + bytes(10)
    os.write(theirs, data)
    os.close(theirs)
    cores.write_sparsely(ours, tmp_path / "core", len(data))
    os.close(ours)
    assert (tmp_path / "core").read_bytes() == data


def test_a_domain_leaves_none():
    with pytest.raises(UsageError, match="leaves no core"):
        XEN.check(Spec(core=True))
