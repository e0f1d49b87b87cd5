"""Commands in a tree: nothing of them stays, however they end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import TESTS
from support.distributions import inside, trees

LIMIT_S = 60
MARK = "86413"  # seconds that nobody else sleeps
CALLER = """
import sys, time
from pathlib import Path
from support.distributions.inside import Inside
with Inside(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])) as it:
    it.process.wait()
"""


@pytest.fixture
def tree(tmp_path):
    """The smallest tree there is: busybox."""
    try:
        trees.check_rights()
    except trees.Unavailable as why:
        pytest.skip(f"nothing can be mounted here: {why}")
    busybox = shutil.which("busybox")
    assert busybox, "./lab test installs busybox-static"
    place = tmp_path / "tree"
    for folder in ("bin", "proc", "sys", "dev", "run", "tmp", inside.CHECKOUT):
        (place / folder).mkdir(parents=True)
    shutil.copy(busybox, place / "bin")
    for name in ("sh", "env", "sleep", "pwd", "cat"):
        (place / "bin" / name).symlink_to("busybox")
    return place


def sleepers():
    """The processes, of whatever namespace, that sleep as the tests here do."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:  # it ended while we looked
            continue
        found += [place] if words[:2] == [b"sleep", MARK.encode()] else []
    return found


def wait_until(true):
    ends_at = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_a_command_runs_in_the_checkout_and_says_how_it_ended(tree, tmp_path):
    output = tmp_path / "output"
    with inside.Inside(tree, 'pwd; echo "$HOME"; exit 7', output) as running:
        assert running.process.wait(timeout=LIMIT_S) == 7
    assert output.read_text() == f"/{inside.CHECKOUT}\n/root\n"


def test_nobody_else_sees_its_mounts(tree, tmp_path):
    output = tmp_path / "output"
    before = Path("/proc/self/mounts").read_text()
    with inside.Inside(tree, f"cat /proc/mounts; sleep {MARK}", output):
        wait_until(sleepers)
        assert "proc /proc proc" in output.read_text()
        assert Path("/proc/self/mounts").read_text() == before
    assert not sleepers()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_when_the_caller_ends(tree, tmp_path, how):
    command = f"(sleep {MARK} &) ; sleep {MARK}"
    caller = subprocess.Popen(
        (sys.executable, "-c", CALLER, tree, command, tmp_path / "output"),
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(sleepers()) == 2)
    caller.send_signal(how)
    caller.wait(timeout=LIMIT_S)
    wait_until(lambda: not sleepers())
    shutil.rmtree(tree)  # nothing is mounted below it


def test_what_cannot_be_had_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr(trees, "CACHE", tmp_path)
    monkeypatch.setattr(trees, "check_rights", lambda: None)
    monkeypatch.setattr(trees, "path", lambda: str(tmp_path))
    with (
        pytest.raises(trees.Unavailable, match="apt-get install debootstrap"),
        trees.tree("bookworm"),
    ):
        pass
