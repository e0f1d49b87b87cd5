"""How processes begin: what they are told, and by whom."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from support.guests.unix_program import (
    guest,
    line,
    program,
    run,
    run_traced,
    running,
    state_of,
    until,
)

STATUS_USAGE = 64


HELLO = 'let start () = print_endline "Hello!"\n'


def test_randomness_differs():
    first, second = (run(guest("c_entropy")).stdout for _ in range(2))
    numbers = [set(re.findall(r"\b[0-9a-f]{16,}\b", text)) for text in (first, second)]
    assert all(len(found) == 3 for found in numbers)
    assert numbers[0].isdisjoint(numbers[1])
    assert "they differ" in first


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
