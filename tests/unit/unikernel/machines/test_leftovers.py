"""What killed processes leave in the runtime folder goes with the next command."""

import errno
import os
import subprocess
import sys

import pytest

from unikernel.errors import UnikernelError
from unikernel.host import children
from unikernel.host.run_folder import RunFolder, runtime_folder
from unikernel.machines import attach, leftovers
from unikernel.networks import lan

JOINS = """
import sys
from unikernel import network, networks
from unikernel.host import event_loop
async def opened(): return networks.open_backend(network.lan("left"))
backend = event_loop.call(opened())
print("ready", flush=True)
sys.stdin.read()
"""
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def segment(own_runtime_folder):
    """The folder of a segment, in a runtime folder of this test's own."""
    return runtime_folder() / "lan-left"


def member():
    """Another process that is on the segment."""
    command = (sys.executable, "-c", JOINS)
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"ready\n"
    return other


def ended_pid():
    with subprocess.Popen(("true",)) as process:
        pass
    return process.pid


def test_the_door_of_a_killed_process_goes_and_its_segment(segment):
    with member() as killed:
        killed.kill()
        killed.communicate(timeout=PATIENCE_S)
    assert list(segment.iterdir()) == [segment / f"{killed.pid}.sock"]
    leftovers.remove_stale()
    assert not segment.exists()


def test_those_that_live_stay(segment):
    with member() as alive, member() as killed:
        killed.kill()
        killed.communicate(timeout=PATIENCE_S)
        leftovers.remove_stale()
        assert list(segment.iterdir()) == [segment / f"{alive.pid}.sock"]
        alive.communicate(timeout=PATIENCE_S)


def test_a_pid_that_was_given_again_is_known(segment, monkeypatch):
    segment.mkdir()
    (segment / f"{os.getpid()}.sock").touch()
    leftovers.remove_stale()
    assert segment.exists()
    monkeypatch.setattr(lan, "began_at", lambda _: 2**33)
    leftovers.remove_stale()
    assert not segment.exists()


@pytest.mark.parametrize("name", ["x.sock", ".sock", "0.sock", "99999999999.sock"])
def test_listeners_that_nobody_can_have_go(segment, name):
    segment.mkdir()
    (segment / name).touch()
    leftovers.remove_stale()
    assert not segment.exists()


def test_other_files_in_a_segment_are_nobodys_business(segment):
    segment.mkdir()
    (segment / "notes").touch()
    leftovers.remove_stale()
    assert (segment / "notes").exists()


def test_run_folders_go_too():
    folder, living = RunFolder.create("x"), RunFolder.create("x")
    left = folder.path.with_name(f"{ended_pid()}-1-x")
    folder.path.rename(left)
    assert attach.machines() == ()  # as `ps` asks
    assert not left.exists()
    assert living.path.exists()


def test_a_process_began_before_now_and_after_its_parent():
    ours = children.began_at(os.getpid())
    with subprocess.Popen(("sleep", "1000")) as process:
        assert ours <= children.began_at(process.pid) + 1
        process.kill()
    assert children.began_at(process.pid) is None


def test_a_disk_that_is_full_is_told(segment, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/the/lock")

    segment.mkdir()
    with monkeypatch.context() as patch:  # no longer: what removes tmp_path opens as well
        patch.setattr(lan.os, "open", full)
        with pytest.raises(UnikernelError, match="/the/lock: the disk is full") as caught:
            leftovers.remove_stale()
    assert "XDG_RUNTIME_DIR" in caught.value.hint
