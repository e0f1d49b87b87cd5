"""Starting the programs of a build and ending them."""

import os
import select
import signal
import subprocess
import sys
import threading

import pytest

from unikernel_toolchain.errors import BuildInterrupted, ToolchainError, ToolMissing
from unikernel_toolchain.tools.run import Stop, output_of, run

# Says the numbers of itself and of its child into a pipe, then both wait for ever.
ENDLESS = "sleep 1000 & echo $$ $! >{pipe}; wait"


@pytest.fixture
def endless(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    return ["sh", "-c", ENDLESS.format(pipe=pipe)], pipe


def ends(pid):
    """Wait for a process that was killed to be gone; False when it is not."""
    try:
        process = os.pidfd_open(int(pid))
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 20)[0])
    finally:
        os.close(process)


def test_what_a_program_writes_is_kept():
    process = run(["sh", "-c", "echo out; echo problem >&2; exit 3"])
    assert (process.returncode, process.stdout, process.stderr) == (3, "out\n", "problem\n")
    assert output_of(process) == "out\nproblem\n"


def test_bytes_that_are_no_text_do_no_harm():
    assert run(["printf", r"\377ok"]).stdout == "\ufffdok"


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(ToolMissing, match="cannot be started"):
        run([tmp_path / "nothing"])


def test_variables_that_change_a_compiler_are_withheld(monkeypatch):
    monkeypatch.setenv("CPATH", "/evil")
    assert run(["sh", "-c", 'echo "$CPATH$ADDED"'], variables={"ADDED": "yes"}).stdout == "yes\n"


def test_time_limit_ends_the_whole_group(endless):
    command, pipe = endless
    told = []
    reader = threading.Thread(target=lambda: told.append(pipe.read_text()))
    reader.start()
    with pytest.raises(ToolchainError, match=r"did not finish within 0\.5 s"):
        run(command, time_limit_s=0.5)
    reader.join()
    assert all(map(ends, told[0].split()))


def test_another_thread_stops_it(endless):
    command, pipe = endless
    stop, told = Stop(), []

    def stop_when_running():
        told.append(pipe.read_text())
        stop.request()

    stopper = threading.Thread(target=stop_when_running)
    stopper.start()
    with pytest.raises(BuildInterrupted):
        run(command, stop=stop)
    stopper.join()
    assert all(map(ends, told[0].split()))


def test_nothing_starts_after_a_stop():
    stop = Stop()
    stop.request()
    with pytest.raises(BuildInterrupted):
        run(["true"], stop=stop)


def test_interrupt_ends_the_whole_group(endless):
    command, pipe = endless
    program = (
        "import sys\n"
        "from unikernel_toolchain.errors import BuildInterrupted\n"
        "from unikernel_toolchain.tools.run import Stop, run\n"
        "class Watched(Stop):\n"
        "    def watching(self, group):\n"
        "        print('watched', flush=True)\n"
        "        return super().watching(group)\n"
        "try:\n    run(sys.argv[1:], stop=Watched())\n"
        "except BuildInterrupted:\n    sys.exit(7)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, *command], stdout=subprocess.PIPE
    ) as python:
        told = pipe.read_text()
        assert python.stdout.readline() == b"watched\n"  # who starts a program has returned
        python.send_signal(signal.SIGINT)
        assert python.wait(timeout=20) == 7
    assert all(map(ends, told.split()))
