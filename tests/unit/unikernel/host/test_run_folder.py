import os
import signal
import subprocess
import sys

import pytest

from unikernel.errors import UnikernelError
from unikernel.host import run_folder
from unikernel.host.run_folder import (
    RunFolder,
    folders,
    process_identity,
    remove_stale,
    runtime_folder,
)

pytestmark = pytest.mark.usefixtures("own_runtime_folder")


def dead_mark():
    with subprocess.Popen(("true",)) as process:
        return process_identity(process.pid)


def test_it_is_in_the_users_runtime_folder(own_runtime_folder):
    assert runtime_folder() == own_runtime_folder / "unikernel"
    assert runtime_folder().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("unusable", ["", "/nonexistent", "/tmp/" + "long" * 30])
def test_otherwise_in_the_folder_for_all(monkeypatch, own_runtime_folder, unusable):
    short = own_runtime_folder
    monkeypatch.setattr(run_folder, "SHARED", short)
    monkeypatch.setenv("XDG_RUNTIME_DIR", unusable)
    assert runtime_folder() == short / f"uk-{os.getuid()}"


def test_machines_are_found_whatever_tmpdir_says(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    asks = "from unikernel.host import run_folder as r; print(r._choose_folder())"
    for place in ("", str(tmp_path), "/no/such/folder"):
        told = {**os.environ, "TMPDIR": place}
        done = subprocess.run(
            (sys.executable, "-c", asks), env=told, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == f"/tmp/uk-{os.getuid()}"


def test_a_folder_open_to_others_is_refused(own_runtime_folder):
    runtime_folder().chmod(0o755)
    with pytest.raises(UnikernelError, match="only you"):
        runtime_folder()


def test_a_planted_link_is_refused(own_runtime_folder, tmp_path):
    (own_runtime_folder / "unikernel").symlink_to(tmp_path)
    with pytest.raises(UnikernelError, match="only you"):
        runtime_folder()


@pytest.mark.parametrize("name", ["hello", "Grüße, Welt", "日本語", "../../etc", "a" * 64, "a b/c"])
def test_any_name_makes_a_folder_with_short_ascii_paths(name):
    folder = RunFolder.create(name)
    assert folder.path.parent == runtime_folder()
    assert folder.path.name.isascii()
    assert len(os.fsencode(folder.console_socket)) <= run_folder.SOCKET_PATH_LIMIT
    folder.remove()


def test_two_of_one_name_are_two():
    assert RunFolder.create("x").path != RunFolder.create("x").path


def test_records():
    folder = RunFolder.create("x")
    assert folder.read() is None
    folder.write({"name": "x"})
    assert folder.read() == {"name": "x"}
    folder.record.write_text("{broken")
    assert folder.read() is None


def test_sweep_keeps_what_lives():
    unwritten, written = RunFolder.create("a"), RunFolder.create("b")
    written.write({"owner": process_identity(os.getpid())})
    assert remove_stale() == 0
    assert {folder.path for folder in folders()} == {unwritten.path, written.path}


def test_sweep_takes_what_a_killed_owner_left():
    folder = RunFolder.create("a")
    folder.write({"owner": dead_mark(), "qemu": dead_mark()})
    assert remove_stale() == 1
    assert not folder.path.exists()


def test_sweep_knows_a_reused_pid():
    folder = RunFolder.create("a")
    folder.write({"owner": [os.getpid(), 12345]})
    assert remove_stale() == 1


def test_sweep_ends_a_hypervisor_that_outlived_its_owner():
    folder = RunFolder.create("a")
    with subprocess.Popen(("sleep", "1000")) as orphan:
        folder.write({"owner": dead_mark(), "qemu": process_identity(orphan.pid)})
        assert remove_stale() == 1
        assert orphan.wait(10) == -signal.SIGKILL


def test_what_an_ended_detached_machine_left_stays_for_a_while(monkeypatch):
    folder = RunFolder.create("a")
    folder.write({"owner": dead_mark(), "exit": {"cause": "exit", "status": 0, "message": ""}})
    assert remove_stale() == 0
    monkeypatch.setattr(run_folder, "KEPT_S", 0.0)
    assert remove_stale() == 1


def test_the_sweep_meets_an_owner_that_just_writes_how_its_machine_ended(monkeypatch):
    """It ends after its record was read and before it is looked for: what it left stays."""
    folder = RunFolder.create("a")
    folder.write({"owner": dead_mark()})

    def ends_meanwhile(owner):
        folder.write({"owner": owner, "exit": {"cause": "exit", "status": 0, "message": ""}})
        return False

    monkeypatch.setattr(run_folder, "is_alive", ends_meanwhile)
    assert remove_stale() == 0
    assert folder.path.exists()


def test_other_folders_are_nobodys_business():
    other = runtime_folder() / "something else"
    other.mkdir()
    assert remove_stale() == 0
    assert other.exists()
