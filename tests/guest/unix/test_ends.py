"""How processes end: statuses, faults, signals."""

import re
import signal
import subprocess

import pytest
from support.guests.unix_program import (
    GUESTS,
    guest,
    guest_facts,
    line,
    program,
    run,
    run_traced,
    running,
)

BAD = sorted(
    folder.name
    for folder in GUESTS.glob("c_bad_*")
    if "unix" in guest_facts(folder.name).get("targets", ("unix",))
)


STATUS = {"exit": 0, "fault": 126, "abort": 127}


# One a way for a program to ask the kernel for something as if it were another program.
FOREIGN_CALLS = {
    "x32": "mov $0x40000027, %eax; syscall",
    "i386": "mov $20, %eax; int $0x80",
}


WORDS = """
#include <stdio.h>
int main(int count, char **words)
{
	printf("%d %s|%s\\n", count, words[1], words[2]);
}
"""


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


def test_stack_overflow_is_an_exception_each_time(overflows):
    done = run(overflows)
    assert (done.stdout, done.returncode) == ("100 and 11\n", 0)
