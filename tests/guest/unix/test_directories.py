"""Folders of the host that a process is given: what is served, and that nothing else is."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.guests.unix_program import program, run, running

import unikernel
from unikernel.errors import UsageError

pytestmark = pytest.mark.boot
PACKAGES = ("fmt", "lwt", "mirage-kv-unix")
STATUS_USAGE = 64
# Does what its lines of input say, and shows what it is answered.
ASKED = """
open Lwt.Infix
module Store = Mirage_kv_unix
let k = Mirage_kv.Key.v
let say text = print_string (text ^ "\\n"); flush stdout
let read shown = function
  | Ok it -> say ("Ok " ^ shown it)
  | Error e -> say (Fmt.str "%a" Store.pp_error e)
let write = function Ok () -> say "Ok" | Error e -> say (Fmt.str "%a" Store.pp_write_error e)
let names entries = String.concat " " (List.map fst entries)
let one store line =
  match String.split_on_char ' ' line with
  | [ "get"; key ] -> Store.get store (k key) >|= read Fun.id
  | [ "list"; key ] -> Store.list store (k key) >|= read names
  | [ "set"; key; size ] -> Store.set store (k key) (String.make (int_of_string size) 'v') >|= write
  | [ "remove"; key ] -> Store.remove store (k key) >|= write
  | [ "digest"; key ] -> Store.digest store (k key) >|= read Digest.to_hex
  | [ "modified"; key ] ->
      Store.last_modified store (k key) >|= read (fun (days, _) -> string_of_int days)
  | [ "batch"; a; b ] ->
      let change inner = Store.set inner (k a) "1" >>= fun _ -> Store.remove inner (k b) in
      Store.batch store change >|= write
  | _ -> say "what?"; Lwt.return_unit
let rec all store =
  match read_line () with
  | "end" -> Lwt.return_unit
  | line -> one store line >>= fun () -> all store
let start () = Store.connect "data" >>= all
"""
# Sends the file server what no package would.
HOSTILE = """
#include <stdio.h>
#include <string.h>
#include "unikernel.h"

static const char *const paths[] = {"..", "../secret", "a/../../secret", "/etc/passwd",
	"a//b", "./a", "out", "out/passwd", ".unikernel-new-0", "a/", "", "\\x01\\xff", "pipe"};

int main(void)
{
	unsigned handle, bad = 0;
	struct unikernel_directory_answer answer;
	if (unikernel_directory_acquire("data", &handle) != UNIKERNEL_OK)
		return 1;
	for (unsigned round = 0; round < 500; round++)
		for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
			for (unsigned operation = 0; operation < 7; operation++) {
				size_t length = strlen(paths[i]);
				if (operation == 5 && !length)
					continue;
				bad += unikernel_directory_ask(handle, operation, paths[i], length,
					"value", 5, &answer) != UNIKERNEL_OK;
				if (answer.length)
					bad += memmem(answer.bytes, answer.length, "secret!", 7) != NULL;
				unikernel_free(answer.bytes);
			}
	printf("%u bad\\n", bad);
	return 0;
}
"""


@pytest.fixture(scope="module")
def asked():
    return program(ASKED, "asked", "ocaml", PACKAGES)


@pytest.fixture
def folder(tmp_path):
    """A folder with a file, and with links out of it."""
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    (data / "hello").write_text("hi")
    (tmp_path / "secret").write_text("secret!")
    (data / "out").symlink_to(tmp_path)
    (data / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(data / "pipe")
    return data


@contextlib.contextmanager
def opened(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def answers(image, folder, *lines, read_only=False):
    """Return what the program says to these lines, line by line."""
    with opened(folder) as descriptor:
        words = ("UNIKERNEL_KV=data", f"UNIKERNEL_KV_0=dir:{descriptor}" + ",ro" * read_only)
        text = "".join(f"{line}\n" for line in (*lines, "end"))
        done = run(image, *words, typed=text, keep=(descriptor,))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_values_are_files(asked, folder):
    said = answers(
        asked,
        folder,
        *("list /", "get hello", "set a/b/c 300000", "list a/b", "modified a", "batch x hello"),
        *("get hello", "get a", "list x", "remove a", "remove sub", "list /", "remove nothing"),
    )
    days = str(int(time.time() // 86_400))
    assert said == [
        *("Ok hello sub", "Ok hi", "Ok", "Ok c", f"Ok {days}", "Ok"),
        *("/hello is not in the store", "/a is a dictionary, not a value"),
        *("/x is a value, not a dictionary", "Ok", "Ok", "Ok x", "/nothing is not in the store"),
    ]
    assert sorted(it.name for it in folder.iterdir()) == ["out", "passwd", "pipe", "x"]


def test_nothing_leads_out(asked, folder):
    for path in ("../secret", "out/secret", "passwd", "pipe", "sub/../../secret", ".."):
        assert answers(asked, folder, f"get {path}") == [f"/{path} is not in the store"]
    refused = answers(asked, folder, "set ../x 1", "set out/x 1", "set passwd 1", "remove out")
    assert "Ok" not in refused
    assert sorted(it.name for it in folder.parent.iterdir()) == ["data", "secret"]


def test_what_is_only_read_stays(asked, folder):
    said = answers(asked, folder, "get hello", "set x 1", "remove hello", read_only=True)
    assert said[0] == "Ok hi"
    assert all("can only be read" in line for line in said[1:])


def test_a_tree_deeper_than_there_are_descriptors(asked, folder):
    deep = "/".join(f"d{number % 10}" for number in range(700))
    said = answers(asked, folder, f"set {deep} 5", f"get {deep}", "remove d0", "list sub")
    assert said == ["Ok", "Ok vvvvv", "Ok", "Ok "]


def test_a_hostile_guest_gets_nothing_else(folder):
    image = program(HOSTILE, "hostile")
    with opened(folder) as descriptor:
        done = run(image, f"UNIKERNEL_KV_0=dir:{descriptor}", keep=(descriptor,))
    assert "0 bad" in done.stdout
    assert (folder.parent / "secret").read_text() == "secret!"
    assert sorted(it.name for it in folder.parent.iterdir()) == ["data", "secret"]


def test_the_file_server_ends_with_its_guest(asked, folder):
    with (
        opened(folder) as descriptor,
        running(
            asked,
            f"UNIKERNEL_KV_0=dir:{descriptor}",
            keep=(descriptor,),
            stdin=subprocess.PIPE,
        ) as process,
    ):
        process.stdin.write("get hello\n")
        process.stdin.flush()
        assert process.stdout.readline() == "Ok hi\n"
        servers = children(process.pid)
        assert len(servers) == 1
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    limit = time.monotonic() + 30
    while not all(is_gone(pid) for pid in servers):
        assert time.monotonic() < limit
        time.sleep(0.01)


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_gone(pid):
    try:
        return re.search(r"\) (\S)", Path(f"/proc/{pid}/stat").read_text())[1] in "ZX"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("word", ["dir:9", "dir:1", "file:3", "dir:0x"])
def test_a_wrong_variable_is_refused(asked, word):
    done = run(asked, f"UNIKERNEL_KV_0={word}")
    assert done.returncode == STATUS_USAGE
    assert "UNIKERNEL_KV_0" in done.stderr


def test_a_machine_is_given_a_folder(asked, folder):
    with unikernel.boot(asked, name="asked", kv={"data": folder}, replace=True) as vm:
        vm.console.write("get hello\nset new 10\n")
        vm.console.expect("Ok hi", timeout_s=30)
        vm.console.expect(r"Ok\r?\n", timeout_s=30)
    assert (folder / "new").read_text() == "v" * 10
    with pytest.raises(UsageError, match="cannot be opened"):
        unikernel.boot(asked, name="asked", kv={"data": folder / "none"}, replace=True)
