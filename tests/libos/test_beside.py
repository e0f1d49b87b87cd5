"""What runs beside the tests tells of failures, and goes when the tests do."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from support import TESTS
from support.beside import Beside
from support.children import Watched, children

PATIENCE_S = 60
OWNER = """
import os
import sys
sys.path.insert(0, sys.argv[1])
from support.beside import Beside
beside = Beside(sys.argv[2:], owner=os.getpid())
print(beside.pid, beside.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def program(tmp_path):
    def write(name, text):
        path = tmp_path / f"{name}.ml"
        path.write_text(f"(* packages: duration *)\n{text}\n")
        return path

    return write


@pytest.mark.boot  # as long as it takes the compiler, and after the quick ones
def test_outcomes(program):
    good = program("good", 'let () = print_endline "done"')
    fails = program("fails", 'let () = print_endline "seed 7"; exit 3')
    broken = program("broken", "let () = 1")
    programs = [fails, broken, good]
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE) as owner:
        beside = Beside(programs, owner=owner.pid, session=uuid.uuid4().hex)
        runner = Watched([beside.pid])
        assert beside.outcome(good) == (0, "done\n")
        assert beside.outcome(fails) == (3, "seed 7\n")
        status, output = beside.outcome(broken)
    assert status != 0
    assert "broken.ml was not built" in output
    assert runner.end_within(PATIENCE_S)
    assert not beside.folder.exists()


@pytest.mark.boot
def test_processes_of_one_session_share_it(program):
    once = program("once", 'let () = print_endline "done"')
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE) as owner:
        which = {"owner": owner.pid, "session": uuid.uuid4().hex}
        first, second = Beside([once], **which), Beside([once], **which)
        assert first.pid == second.pid
        assert second.outcome(once) == (0, "done\n")


def lowest(runner, wanted):
    """Return the children of that name that run when nobody else does."""
    found = [pid for pid, name in children(runner).items() if name == wanted]
    groups = [Path(f"/proc/{pid}/autogroup") for pid in found]  # absent from some kernels
    niceness = [os.getpriority(os.PRIO_PROCESS, pid) for pid in found]
    niceness += [int(group.read_text().split()[-1]) for group in groups if group.exists()]
    return found if set(niceness) == {19} else []


@pytest.mark.boot
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_with_its_owner(program, number):
    forever = program("forever", "let rec f () = f () let () = f ()")
    argv = [sys.executable, "-c", OWNER, TESTS, forever]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        number_of_runner, folder = owner.stdout.readline().decode().split()
        runner, folder = int(number_of_runner), Path(folder)
        ends_at = time.monotonic() + PATIENCE_S
        while not (found := lowest(runner, "forever")) and time.monotonic() < ends_at:
            time.sleep(0.1)
        watched = Watched([runner, *found])
        owner.send_signal(number)
    assert len(found) == 1
    assert watched.end_within(PATIENCE_S)
    assert not folder.exists()


WITH_A_TOOL = """
import subprocess, tempfile
from pathlib import Path
with tempfile.TemporaryDirectory() as folder:
    tool = subprocess.Popen(("sleep", "1000"))
    Path({begun!r}).write_text(f"{{tool.pid}} {{folder}}")
    try:
        tool.wait()
    finally:
        tool.kill()
"""


@pytest.mark.boot
def test_what_a_program_began_goes_with_it(tmp_path):
    """A build that is broken off leaves no compiler at work, and no tree of sources."""
    source, begun = tmp_path / "builds.py", tmp_path / "begun"
    source.write_text(WITH_A_TOOL.format(begun=str(begun)))
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE) as owner:
        beside = Beside([source], owner=owner.pid, session=uuid.uuid4().hex)
        ends_at = time.monotonic() + PATIENCE_S
        while not (begun.exists() and begun.read_text()) and time.monotonic() < ends_at:
            time.sleep(0.1)
        tool, folder = begun.read_text().split()
        watched = Watched([beside.pid, int(tool)])
    assert watched.end_within(PATIENCE_S)
    assert not Path(folder).exists()
    assert not beside.folder.exists()
