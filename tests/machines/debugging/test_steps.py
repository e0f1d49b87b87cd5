"""A guest step by step: what changed, where it is, what it may do with its memory."""

import pytest

import unikernel
from unikernel import debugging
from unikernel.errors import DebuggerRefused, NoSuchMachine, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse
from unikernel.model.state import State

pytestmark = pytest.mark.boot

PROGRAM = """\
let[@inline never] add a b =
  let sum = a + b in
  print_int sum;
  sum

let start () = exit (add (Sys.opaque_identity 1) (-1))
"""


@pytest.fixture(params=["virtio", "unix"])
def vm(request, own_runtime_folder):
    """A machine that is held in Cell.add."""
    name = f"stepped-{request.param}"
    image = unikernel.build(PROGRAM, name=name, target=request.param)
    with unikernel.boot(image, paused=True) as vm:
        debugger = debugging.gdb(vm)
        debugger.breakpoint("Cell.add")
        debugger.proceed()
        yield vm


def step(*words):
    return str(actions.run(Call(parse(["step", *words]))))


def test_an_instruction_a_line_and_what_they_change(vm):
    looked = debugging.step(vm, 0)
    assert (looked.place.function, looked.place.line) == ("Cell.add", 2)
    assert [it.text for it in looked.source if it.current] == ["  let sum = a + b in"]
    assert all(it.before is None for it in looked.registers)
    stepped = debugging.step(vm)
    assert stepped.instructions[0].number > looked.instructions[0].number
    changed = {it.name for it in stepped.registers if it.before is not None}
    assert "rip" in changed
    assert changed != {it.name for it in stepped.registers}
    assert any(it.note.startswith("Cell.start") for it in stepped.stack)
    assert "*rip" in step(vm.name, "2")
    assert debugging.step(vm, lines=True).place.address not in {
        it.place.address for it in (looked, stepped)
    }
    assert vm.state is State.PAUSED


def test_pages_are_shown_with_their_rights(vm):
    looked = debugging.step(vm, 0, pages=True)
    by_what = {what: pages for pages in looked.pages for what in pages.what.split()}
    assert by_what[".text"].rights == "R-X"
    assert by_what[".rodata"].rights == "R--"
    assert by_what[".data"].rights == "RW-"
    assert not [pages for pages in looked.pages if pages.rights == "RWX"]


def test_memory_and_a_walk(vm):
    said = step(vm.name, "0", "--memory", "$rsp", "--bytes", "32")
    pointer = debugging.gdb(vm).registers()["rsp"]
    assert f"memory at {pointer:#x}" in said
    if vm.carrier == "process":
        with pytest.raises(UsageError, match="page tables are Linux's"):
            step(vm.name, "0", "--walk", "$pc")
    else:
        assert "R-X, page of 4 KiB" in step(vm.name, "0", "--walk", "$pc")


def test_mistakes_are_told(vm):
    with pytest.raises(DebuggerRefused, match="'nonsense' is no address"):
        step(vm.name, "--memory", "nonsense")
    with pytest.raises(DebuggerRefused, match="memory"):
        step(vm.name, "0", "--memory", "0x10")
    with pytest.raises(UsageError, match="no whole number"):
        step(vm.name, "many")
    with pytest.raises(UsageError, match="Steps are 0 to"):
        step(vm.name, "9999999")
    with pytest.raises(NoSuchMachine):
        step("no-such-machine")


def test_a_guest_may_end_on_the_way(vm):
    debugging.gdb(vm).run("delete")
    said = step(vm.name, "1000", "--line")
    assert said == f"{vm.name}: exited, status 0" or "steps were left" in said
