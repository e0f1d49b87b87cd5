"""Snapshots: a guest goes back to where it was, with its disks; what changed meanwhile is told."""

import http.client
import subprocess
import sys
import threading

import pytest

import unikernel as uk
from unikernel.debugging import compare
from unikernel.errors import UsageError, WrongState
from unikernel.frontends.commands import actions, parsers
from unikernel.frontends.commands.call import Call
from unikernel.model.state import State
from unikernel_toolchain.store import cache

COUNTS = """
let counter = ref 0
let kept = ref []
let start () =
  print_endline "hello";
  let rec loop () =
    match read_line () with
    | "more" ->
        incr counter;
        kept := String.make 3000 'x' :: !kept;
        Printf.printf "counted %d\\n%!" !counter;
        loop ()
    | "die" -> ignore (Obj.field (Obj.repr 0) 0); loop ()
    | _ -> failwith "over"
  in
  loop ()
"""


def counts(target):
    return uk.build(COUNTS, name="counts", target=target)


def count(machine, number):
    machine.console.write("more\n")
    machine.console.expect(f"counted {number}\n", timeout_s=20)


def command(line):
    return actions.run(Call(parsers.parse(parsers.split(line))))


@pytest.fixture
def places():
    """Return the names of the folders of machines that have snapshots."""
    return lambda: {path.name for path in (cache.root() / "snapshots").glob("*")}


@pytest.mark.parametrize("kind", ["microvm", "q35", "pc"])
def test_a_guest_goes_back_and_on_from_there(kind, places):
    with uk.boot(counts("virtio"), machine=kind, memory_mib=32) as machine:
        machine.console.expect("hello", timeout_s=30)
        count(machine, 1)
        before = machine.snapshot("before")
        assert before.can_be_restored
        assert 0 < before.size_bytes < 16 << 20
        count(machine, 2)
        count(machine, 3)
        assert machine.state is State.RUNNING
        for _ in range(2):
            machine.restore("before")
            assert machine.state is State.RUNNING
            count(machine, 2)
        machine.pause()
        machine.restore("before")
        assert machine.state is State.PAUSED
        machine.resume()
        count(machine, 2)
        machine.delete_snapshot("before")
        assert machine.snapshots == ()
        machine.snapshot("kept to the end")
        assert machine.folder_name in places()
        name = machine.folder_name
    assert name not in places()


def in_another_process(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_process_has_the_owner_do_it():
    with uk.boot(counts("virtio"), name="shared", memory_mib=32) as machine:
        machine.console.expect("hello", timeout_s=30)
        count(machine, 1)
        find = 'import unikernel as uk; vm = uk.machine("shared")'
        told = in_another_process(f'{find}; print(vm.snapshot("theirs").can_be_restored)')
        assert told == "True\n"
        assert [one.name for one in machine.snapshots] == ["theirs"]
        count(machine, 2)
        in_another_process(f'{find}; vm.restore("theirs")')
        count(machine, 2)
        in_another_process(f'{find}; vm.delete_snapshot("theirs")')
        assert machine.snapshots == ()


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_what_changed_is_told_by_where_it_is(target):
    with uk.boot(counts(target), memory_mib=32) as machine:
        machine.console.expect("hello", timeout_s=30)
        first = machine.snapshot("first")
        for number in range(1, 30):
            count(machine, number)
        machine.pause()
        second, same = machine.snapshot("second"), machine.snapshot("same")
        assert machine.state is State.PAUSED
        found = compare(first, second)
        kinds = {area.kind: area for area in found.areas}
        assert kinds["heap"].bytes > 20 * 3000
        assert {"stack", "variables", "OCaml's young heap"} <= set(kinds)
        assert 10 < found.changed_pages < found.pages / 4
        assert any(any(span.shares) for span in found.spans)
        assert all(line.before != line.after for line in found.lines)
        assert next(iter(found.to_frame()["kind"])) == "heap"
        assert compare(second, same).changed_pages == 0
        text = str(command("snapshot compare counts first second"))
        assert "OCaml's young heap" in text
        assert "The first bytes that differ" in text
        page = command("snapshot compare counts first second")._repr_html_()
        assert "<img alt=" in page.partition("<table")[0]  # the picture leads
        assert "<script" not in page


def test_a_process_is_compared_and_not_restored():
    with uk.boot(counts("unix")) as machine:
        machine.console.expect("hello", timeout_s=30)
        assert "to be compared" in str(command("snapshot save counts once"))
        assert "compared" in str(command("snapshot list counts"))
        with pytest.raises(UsageError, match="back to nowhere"):
            machine.restore("once")
        count(machine, 1)
        assert "deleted" in str(command("snapshot delete counts once"))
        assert "no snapshots" in str(command("snapshot list counts"))


def test_a_guest_that_died_of_a_fault_is_brought_back():
    with uk.boot(counts("virtio"), memory_mib=32, on_panic="pause") as machine:
        machine.console.expect("hello", timeout_s=30)
        count(machine, 1)
        machine.snapshot("well")
        died = threading.Event()
        machine.on_change(lambda one: died.set() if one.state is State.PANICKED else None)
        machine.console.write("die\n")
        assert died.wait(20)
        machine.restore("well")
        assert machine.state is State.RUNNING
        count(machine, 2)


SERVER = """
module Http = Http_server.Make (Stack)
let start stack =
  print_endline "serving";
  Http.serve stack [ ("/", Http_response.page "<h1>Hello</h1>") ]
"""


def test_a_server_that_was_taken_back_serves_on():
    packages = ["mirage-stack-unikernel", "unikernel-apps.http"]
    image = uk.build(SERVER, name="serves", packages=packages, target="virtio")
    with uk.boot(image, ports=["0:80"]) as machine:
        machine.console.expect("serving", timeout_s=30)

        def ask():
            port = machine.ports[0].host_port
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/")
            text = connection.getresponse().read()
            connection.close()
            return text

        assert ask() == b"<h1>Hello</h1>"
        machine.snapshot("early")
        for _ in range(3):
            assert ask() == b"<h1>Hello</h1>"
        machine.restore("early")
        for _ in range(3):
            assert ask() == b"<h1>Hello</h1>"


WRITES = """
let start () =
  let open Lwt.Infix in
  Block.connect "storage" >>= fun disk ->
  print_endline "hello";
  let data = Cstruct.create 512 in
  let rec loop () =
    match read_line () with
    | "read" ->
        Block.read disk 0L [ data ] >>= fun _ ->
        Printf.printf "read %c\\n%!" (Cstruct.get_char data 0);
        loop ()
    | text ->
        Cstruct.set_char data 0 text.[0];
        Block.write disk 0L [ data ] >>= fun _ ->
        Printf.printf "wrote %s\\n%!" text;
        loop ()
  in
  loop ()
"""


def said(machine, line, answer):
    machine.console.write(f"{line}\n")
    machine.console.expect(f"{answer}\n", timeout_s=20)


def test_disks_go_back_with_the_memory_or_nothing_does(tmp_path):
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"0".ljust(1 << 20, b"\0"))
    packages = ["mirage-block-unikernel", "lwt"]
    image = uk.build(WRITES, name="writes", packages=packages, blocks=["storage"])
    with uk.boot(image, blocks={"storage": f"{disk},snapshot"}) as machine:
        machine.console.expect("hello", timeout_s=30)
        said(machine, "a", "wrote a")
        machine.snapshot("with a")
        said(machine, "b", "wrote b")
        machine.restore("with a")
        said(machine, "read", "read a")
        machine.delete_snapshot("with a")
    with uk.boot(image, blocks={"storage": str(disk)}) as machine:
        machine.console.expect("hello", timeout_s=30)
        with pytest.raises(UsageError, match="'storage' is written to in place"):
            machine.snapshot("not whole")
        assert machine.state is State.RUNNING
        assert machine.snapshots == ()
    assert disk.read_bytes()[:1] == b"0"


def test_what_cannot_be_done_is_said():
    with uk.boot(counts("virtio"), memory_mib=32) as machine:
        machine.console.expect("hello", timeout_s=30)
        machine.snapshot("a")
        refusals = [
            (lambda: machine.snapshot("a"), "has a snapshot 'a' already"),
            (lambda: machine.snapshot(" "), "short line of text"),
            (lambda: machine.snapshot("x" * 200), "short line of text"),
            (lambda: machine.snapshot("a\x1b[2J"), "short line of text"),
            (lambda: machine.snapshot("a/../b"), "short line of text"),
            (lambda: machine.snapshot("-a"), "short line of text"),
            (lambda: machine.restore("b"), "no snapshot 'b'"),
            (lambda: machine.delete_snapshot("b"), "no snapshot 'b'"),
            (lambda: command("snapshot compare counts a"), "is written: snapshot compare NAME"),
            (lambda: command("snapshot save counts"), "is written: snapshot save NAME AS"),
        ]
        for attempt, words in refusals:
            with pytest.raises(UsageError, match=words):
                attempt()
        for number in range(7):
            machine.snapshot(str(number))
        with pytest.raises(UsageError, match="8 snapshots, which is the most"):
            machine.snapshot("one more")
        machine.stop()
        with pytest.raises(WrongState, match="has ended"):
            machine.snapshot("late")
