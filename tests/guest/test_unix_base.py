"""The process target's base: images run directly, without the machinery of `boot`."""

import array
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from support.guests.unix_program import (
    ALLOWED,
    GUESTS,
    calls_after_start,
    cpu_time_s,
    guest,
    guest_facts,
    line,
    program,
    run,
    run_traced,
    running,
    state_of,
    until,
)

from unikernel import build
from unikernel_toolchain.tools.locate import ocaml_version

BAD = sorted(
    folder.name
    for folder in GUESTS.glob("c_bad_*")
    if "unix" in guest_facts(folder.name).get("targets", ("unix",))
)
STATUS = {"exit": 0, "fault": 126, "abort": 127}
STATUS_USAGE = 64
# One a way for a program to ask the kernel for something as if it were another program.
FOREIGN_CALLS = {
    "x32": "mov $0x40000027, %eax; syscall",
    "i386": "mov $20, %eax; int $0x80",
}
WAITS = """
#include "unikernel.h"
int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	unikernel_console_write("ready\\n", 6);
	unikernel_wait(0, UINT64_MAX);
	return 0;
}
"""
HELLO = 'let start () = print_endline "Hello!"\n'
WORDS = """
#include <stdio.h>
int main(int count, char **words)
{
	printf("%d %s|%s\\n", count, words[1], words[2]);
}
"""
OVERFLOWS = """
let rec endless n = 1 + endless (n + 1)

let overflow () =
  match endless 0 with
  | exception Stack_overflow -> 1
  | _ -> 0

let rec overflow_at depth =
  if depth = 0 then overflow () else overflow () + overflow_at (depth - 1)

let start () =
  let caught = List.init 100 (fun _ -> overflow ()) |> List.fold_left ( + ) 0 in
  Printf.printf "%d and %d\\n" caught (overflow_at 10)
"""


@pytest.fixture(scope="module")
def waits():
    return program(WAITS, "waits")


# ---- beginnings and ends


@pytest.mark.parametrize(
    ("name", "message"), [("c_hello", "Hello from C"), ("ocaml_hello", "OCaml")]
)
def test_hello(name, message):
    done = run(guest(name), "hello", "world")
    assert (done.returncode, done.stderr) == (0, "")
    assert message in done.stdout


def test_words_of_a_shell_are_one_command_line():
    image = program(WORDS, "words")
    done = subprocess.run([image.path, "A=1", "hello there", "x"], capture_output=True, text=True)
    assert done.stdout == "4 hello|there\n"


@pytest.mark.parametrize(("status", "seen"), [(0, 0), (7, 7), (123, 123), (124, 123), (200, 123)])
def test_exit_statuses(status, seen):
    image = program(f"int main(void)\n{{\n\treturn {status};\n}}", "status")
    done, told = run_traced(image)
    assert done.returncode == seen
    assert told.ending == ("EXIT", status)


@pytest.mark.parametrize("name", BAD)
def test_what_is_forbidden_is_reported(name):
    facts = guest_facts(name)
    done, told = run_traced(guest(name))
    wanted = facts["exit"]
    assert done.returncode == STATUS[wanted["cause"]], done.stdout
    assert told.ending == (wanted["cause"].upper(), wanted["status"])
    assert re.search(wanted["message"], told.words[0])
    for pattern in facts["expect"]:
        assert re.search(pattern, done.stdout, re.MULTILINE), f"{pattern!r} not in {done.stdout}"


@pytest.mark.parametrize("name", FOREIGN_CALLS)
def test_system_calls_of_other_kinds_kill(name):
    image = program(f'int main(void)\n{{\n\t__asm__("{FOREIGN_CALLS[name]}");\n}}', name)
    assert run(image).returncode == -signal.SIGSYS


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP])
def test_a_signal_from_outside_is_said_to_be_one(waits, number):
    with running(waits) as process:
        assert line(process) == "ready"
        process.send_signal(number)
        text = process.stdout.read()
    assert f"fault: signal {number} sent by a process" in text
    assert process.returncode == STATUS["fault"]


def test_stack_overflow_is_an_exception_each_time():
    done = run(program(OVERFLOWS, "overflows", "ocaml"))
    assert (done.stdout, done.returncode) == ("100 and 11\n", 0)


def test_randomness_differs():
    first, second = (run(guest("c_entropy")).stdout for _ in range(2))
    numbers = [set(re.findall(r"\b[0-9a-f]{16,}\b", text)) for text in (first, second)]
    assert all(len(found) == 3 for found in numbers)
    assert numbers[0].isdisjoint(numbers[1])
    assert "they differ" in first


# ---- the words of the command line


def test_trace_records_are_in_order_and_in_host_time():
    before_ns = time.monotonic_ns()
    done, told = run_traced(program(HELLO, "hello", "ocaml"))
    after_ns = time.monotonic_ns()
    assert done.returncode == 0
    assert told.hz == 10**9
    assert [name for name, _ in told.milestones] == ["ENTRY", "BASE", "RUNTIME", "START", "LINE"]
    stamps = [stamp for _, stamp in told.milestones]
    assert [before_ns, *stamps, after_ns] == sorted([before_ns, *stamps, after_ns])
    assert told.ending == ("EXIT", 0)


def test_a_trace_nobody_reads_does_not_matter():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(guest("c_hello"), f"UNIKERNEL_TRACE={writer}", keep=(writer,))
    finally:
        os.close(writer)
    assert (done.stdout, done.returncode) == ("Hello from C\n", 0)


def test_it_dies_with_its_parent(waits):
    script = (
        "import os, subprocess, sys, time\n"
        f"p = subprocess.Popen([{str(waits.path)!r}, f'UNIKERNEL_PARENT={{os.getpid()}}'],"
        " stdout=subprocess.PIPE)\n"
        "p.stdout.readline()\nprint(p.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        until(lambda: state_of(pid) == "S")
        parent.kill()
    until(lambda: state_of(pid) in ("Z", "gone"))


def test_it_does_not_begin_without_its_parent(waits):
    done = run(waits, "UNIKERNEL_PARENT=1")
    assert done.returncode == STATUS_USAGE
    assert done.stderr == "unikernel: UNIKERNEL_PARENT=1 is not the parent of this process\n"


def test_a_stopped_start_begins_when_continued():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as channel:
        argv = ("UNIKERNEL_STOPPED=1", f"UNIKERNEL_TRACE={writer}")
        with running(guest("c_hello"), *argv, keep=(writer,)) as process:
            os.close(writer)
            until(lambda: state_of(process.pid) == "T")
            continued_ns = time.monotonic_ns()
            process.send_signal(signal.SIGCONT)
            assert line(process) == "Hello from C"
            process.wait()
        data = channel.read()
    stamps = [int.from_bytes(data[11:19], "little")]
    assert data[9:11] == b"T\x01"
    assert stamps[0] >= continued_ns


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("UNIKERNEL_MEMORY_MIB=lots", "UNIKERNEL_MEMORY_MIB is not a number from 1 to"),
        ("UNIKERNEL_MEMORY_MIB=0", "UNIKERNEL_MEMORY_MIB is not a number from 1 to"),
        (
            "UNIKERNEL_MEMORY_MIB=99999999999999999999",
            "UNIKERNEL_MEMORY_MIB is not a number from 1 to",
        ),
        ("UNIKERNEL_TRACE=x", "UNIKERNEL_TRACE is not a number"),
        ("UNIKERNEL_TRACE=77", "UNIKERNEL_TRACE=77: this process has no such descriptor"),
        ("UNIKERNEL_PARENT=me", "UNIKERNEL_PARENT is not a number"),
        ("UNIKERNEL_STOPPED=yes", "UNIKERNEL_STOPPED is not a number from 0 to 1"),
        (
            "UNIKERNEL_NET_0=pipe:3",
            "UNIKERNEL_NET_0 is not tap:FD, raw:FD, stream:FD or open:NAME",
        ),
        ("UNIKERNEL_NET_1=raw:", "UNIKERNEL_NET_1 is not tap:FD, raw:FD, stream:FD or open:NAME"),
        ("UNIKERNEL_NET_0=raw:77", "UNIKERNEL_NET_0: this process has no descriptor 77"),
        (
            "UNIKERNEL_NET_0=raw:0,mac=1:2",
            "UNIKERNEL_NET_0 is not tap:FD, raw:FD, stream:FD or open:NAME",
        ),
        ("UNIKERNEL_NET_0=raw:0,mac=53:54:00:00:00:01", "UNIKERNEL_NET_0 is not tap:FD"),
        ("UNIKERNEL_NET_0=raw:0,mtu=9", "UNIKERNEL_NET_0 is not tap:FD"),
        ("UNIKERNEL_NET_0=raw:0,speed=9", "UNIKERNEL_NET_0 is not tap:FD"),
        ("UNIKERNEL_NET_0=raw:0,capture=0", "UNIKERNEL_NET_0 is not tap:FD"),
        ("UNIKERNEL_NET_0=tap:0", "UNIKERNEL_NET_0: descriptor 0 is no tap with IFF_VNET_HDR"),
        ("UNIKERNEL_NET_0=open:", "UNIKERNEL_NET_0: the name of a tap has 1 to 15 characters"),
    ],
)
def test_a_malformed_word_is_refused(word, message):
    done = run(guest("c_net_echo"), word)
    assert done.returncode == STATUS_USAGE
    assert done.stdout == ""
    assert done.stderr.startswith(f"unikernel: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("memory_mib", [1, 2, 32, 1000])
def test_memory_is_what_was_asked_for(memory_mib):
    image = program(
        '#include <stdio.h>\n#include "unikernel.h"\n'
        "int unikernel_main(const struct unikernel_start_info *i)\n{\n"
        '\tchar t[80];\n\tunikernel_console_write(t, (size_t)snprintf(t, sizeof t, "%zu %zu\\n",'
        " i->heap_size, i->stack_size));\n\treturn 0;\n}",
        "memory",
    )
    heap, stack = map(int, run(image, f"UNIKERNEL_MEMORY_MIB={memory_mib}").stdout.split())
    assert 0.8 * memory_mib <= (heap + stack) / 2**20 <= memory_mib
    assert stack == min(max(64 << 10, memory_mib * 2**20 // 8), 8 << 20)


# ---- console


def test_typed_text_comes_in():
    done = run(guest("c_echo"), typed="a quick fox\n\x04 and more")
    assert (done.stdout, done.returncode) == ("type\nA QUICK FOX\n", 0)


READERS = {
    "lines": (
        """let rec copy () = match input_line stdin with
  | line -> print_endline ("line " ^ line); copy ()
  | exception End_of_file -> print_endline "end"
let start () = copy ()""",
        (),
    ),
    "flow": (
        """open Lwt.Infix
module Main (C : Mirage_console.S) = struct
  let rec copy c seen = C.read c >>= function
    | Ok (`Data bytes) -> copy c (seen ^ Cstruct.to_string bytes)
    | Ok `Eof | Error _ ->
        let say line = if line <> "" then print_endline ("line " ^ line) in
        List.iter say (String.split_on_char '\n' seen);
        print_endline "end"; Lwt.return_unit
  let start c = copy c ""
end""",
        ("lwt", "cstruct", "mirage-console"),
    ),
}


def output_of(image, **standard_input):
    return subprocess.run(
        [image.path], stdout=subprocess.PIPE, timeout=30, check=True, **standard_input
    ).stdout.decode()


@pytest.mark.parametrize("name", READERS)
def test_input_ends(name, tmp_path):
    source, packages = READERS[name]
    image = build(source, name=name, target="unix", packages=packages)
    assert output_of(image, input=b"") == "end\n"
    assert output_of(image, input=b"one\ntwo") == "line one\nline two\nend\n"
    assert output_of(image, stdin=subprocess.DEVNULL) == "end\n"
    file = tmp_path / "input"
    file.write_bytes(b"line\n" * 1000)
    with file.open("rb") as opened:
        assert output_of(image, stdin=opened) == "line line\n" * 1000 + "end\n"


@pytest.mark.parametrize("source", ["/dev/null", "empty file", "closed", "pipe"])
def test_the_end_of_input_does_not_spin(source, tmp_path):
    (tmp_path / "empty").write_text("")
    close = f"exec {guest('c_echo').path} <&-"
    with contextlib.ExitStack() as stack:
        command = ["sh", "-c", close] if source == "closed" else [guest("c_echo").path]
        empty = stack.enter_context((tmp_path / "empty").open())
        stdin = {"/dev/null": subprocess.DEVNULL, "empty file": empty}.get(source, subprocess.PIPE)
        process = stack.enter_context(
            subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert line(process) == "type"
        if process.stdin:
            process.stdin.close()
        time.sleep(0.3)
        assert process.poll() is None
        assert cpu_time_s(process.pid) <= 0.05


def test_a_closed_output_does_not_matter():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([guest("c_hello").path], stdout=writer, stdin=subprocess.DEVNULL)
    os.close(writer)
    assert done.returncode == 0


def test_output_that_cannot_wait_is_whole():
    """A pipe that somebody made non-blocking, and a reader who takes his time."""
    image = program(
        "#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 50000; i++)\n"
        '\t\tprintf("%d\\n", i);\n\treturn 0;\n}',
        "chatty",
    )
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen([image.path], stdin=subprocess.DEVNULL, stdout=writer) as process:
        os.close(writer)
        time.sleep(0.2)
        with os.fdopen(reader) as text:
            assert text.read() == "".join(f"{i}\n" for i in range(50000))
    assert process.returncode == 0


# ---- time


def test_deadlines_are_met():
    with running(guest("c_idle"), stdin=subprocess.PIPE) as process:
        assert line(process) == "ready"
        before_ns = time.monotonic_ns()
        process.stdin.write("tst")
        process.stdin.flush()
        first, slept, second = (line(process).split() for _ in range(3))
        after_ns = time.monotonic_ns()
    assert before_ns <= int(first[2]) <= int(second[2]) <= after_ns
    assert abs(int(first[4]) - time.time_ns()) < 60e9
    assert 0 <= int(slept[2]) - 10**9 < 5 * 10**8


def test_a_pause_loses_no_time_and_burns_none():
    with running(guest("c_idle"), stdin=subprocess.PIPE) as process:
        assert line(process) == "ready"
        started_ns = time.monotonic_ns()
        type_in(process, "s")
        for _ in range(3):
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        slept_ns = int(line(process).split()[2])
        assert 10**9 <= slept_ns <= time.monotonic_ns() - started_ns
        assert slept_ns < 1.8e9
        type_in(process, "s")
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        assert 1.4e9 < int(line(process).split()[2]) < 3e9
        assert cpu_time_s(process.pid) <= 0.05


def type_in(process, text):
    """Type text, and wait until the guest has read it."""
    process.stdin.write(text)
    process.stdin.flush()
    unread = array.array("i", [1])
    while unread[0]:
        time.sleep(0.02)
        fcntl.ioctl(process.stdin, termios.FIONREAD, unread)


# ---- the sandbox, from outside


def test_the_process_is_locked_in(waits):
    with open(os.devnull) as other, running(waits, keep=(other.fileno(),)) as process:  # noqa: PTH123
        assert line(process) == "ready"
        proc = Path("/proc", str(process.pid))
        status = dict(row.split(":\t") for row in (proc / "status").read_text().splitlines())
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert sorted(int(entry.name) for entry in (proc / "fd").iterdir()) == [0, 1]
        maps = [row.split() for row in (proc / "maps").read_text().splitlines()]
    rights = {row[1] for row in maps}
    assert not any("w" in right and "x" in right for right in rights)
    executable = [row[-1] for row in maps if "x" in row[1]]
    assert executable[0] == str(waits.path)
    assert set(executable[1:]) <= {"[vdso]", "[vsyscall]"}


def test_only_listed_calls_are_made_after_start(tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    subprocess.run(
        ["strace", "-o", log, "-e", "signal=none", program(OVERFLOWS, "overflows", "ocaml").path],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    afterwards = calls_after_start(log)
    assert ("rt_sigreturn" in afterwards) == (ocaml_version() < (5, 0))  # OCaml 5 has no such fault
    assert afterwards <= ALLOWED
