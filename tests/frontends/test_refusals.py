"""What the operating system refuses is told in sentences, and leaves nothing half done."""

import contextlib
import errno
import os
import pwd
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

import unikernel
from unikernel import machines
from unikernel.errors import BootFailed, UnikernelError
from unikernel.frontends import doctor
from unikernel.frontends.commands import actions
from unikernel.frontends.terminal import cli
from unikernel.host import run_folder
from unikernel.host.run_folder import RunFolder, runtime_folder
from unikernel.machines import registry
from unikernel.machines.core import publisher, resources
from unikernel.machines.core.owned_console import OwnedConsole
from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.store import cache, integrity

COMMANDS = [
    *("build x FILE", "boot x", "measure boot x", "measure size x", "plot size x -o x.png"),
    *("plot boot x -o x.png", "clean", "clean --all", "boot x --detach", "doctor"),
]


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "x.c"
    path.write_text("int main(void) { return 0; }\n")
    return path


def no_home(monkeypatch, tmp_path):
    """A user whom the user database does not know, without HOME."""

    def unknown(_):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME", "UNIKERNEL_CACHE"):
        monkeypatch.delenv(name, raising=False)


def home_is_no_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "x.c"))
    for name in ("XDG_CACHE_HOME", "UNIKERNEL_CACHE"):
        monkeypatch.delenv(name, raising=False)


def cache_is_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "x.c"))


def cache_is_below_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "x.c" / "cache"))


def cache_links_to_itself(monkeypatch, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "loop"))


def cache_has_a_long_name(monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / ("long" * 100)))


def cache_is_in_proc(monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_CACHE", "/proc/self/cache")


def parts_are_files(monkeypatch, tmp_path):
    place = tmp_path / "cache"
    place.mkdir()
    for name in ("libos", "images", "names", "packages", "locks"):
        (place / name).touch()
    monkeypatch.setenv("UNIKERNEL_CACHE", str(place))


PLACES = [
    *(no_home, home_is_no_folder, cache_is_a_file, cache_is_below_a_file, cache_links_to_itself),
    *(cache_has_a_long_name, cache_is_in_proc, parts_are_files),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", PLACES)
def test_no_command_ends_in_a_traceback(place, command, program, tmp_path, monkeypatch, capsys):
    place(monkeypatch, tmp_path)
    argv = command.replace("FILE", str(program)).replace("x.png", str(tmp_path / "x.png")).split()
    status = cli.main(argv)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    if command == "doctor" and place is not parts_are_files:
        assert status == 0
        assert "UNIKERNEL_CACHE" in captured.out
    if command.startswith("build"):
        assert status == 1
        assert "UNIKERNEL_CACHE" in captured.err


def test_without_a_home_the_same_hint_is_given_as_with_one_that_cannot_be_written(
    program, tmp_path, monkeypatch
):
    output = []
    for place in (home_is_no_folder, no_home):
        place(monkeypatch, tmp_path)
        with pytest.raises(ToolchainError, match=r"The cache.*cannot be written") as caught:
            build(Config("x", {"x.c": program.read_text()}, language="c"))
        output.append(caught.value.hint)
    assert all("UNIKERNEL_CACHE" in hint for hint in output)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user nobody knows")
def test_a_user_without_an_entry_and_without_a_home(program):
    program.parent.chmod(0o755)
    command = ("setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups")
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("HOME", "XDG_CACHE_HOME", "UNIKERNEL_CACHE", "XDG_RUNTIME_DIR")
    }
    code = "import sys; from unikernel_toolchain.store import cache; cache.root()"
    stderr = subprocess.run(
        (*command, sys.executable, "-c", code),
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
    ).stderr
    if "Permission denied" in stderr or "No module" in stderr:
        pytest.skip("other users cannot read this Python or this project")
    assert "HOME is not set, and user 4711 has no home" in stderr


def test_a_relative_cache_home_is_none(monkeypatch, tmp_path):
    monkeypatch.delenv("UNIKERNEL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.root() == tmp_path / ".cache" / "unikernel"


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EIO]
)
def test_every_refusal_says_what_was_done_where_and_why(number):
    problem = OSError(number, os.strerror(number), "/some/file")
    with (
        pytest.raises(UnikernelError, match="Doing this: /some/file: ") as caught,
        os_errors.raised_as("Doing this", UnikernelError, "SETTING"),
    ):
        raise problem
    assert caught.value.hint
    assert os_errors.reason(problem) in str(caught.value)


@pytest.mark.parametrize("peer", [BrokenPipeError, ConnectionResetError, TimeoutError])
def test_what_peers_do_is_no_refusal_of_the_host(peer):
    with pytest.raises(peer), os_errors.raised_as("Doing this", UnikernelError):
        raise peer


def test_output_that_cannot_be_written_is_told():
    with Path("/dev/full").open("w") as full:
        command = (sys.executable, "-m", "unikernel.frontends.terminal.cli", "ps")
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert "Traceback" not in done.stderr


# ---- file systems


@contextlib.contextmanager
def file_system(options):
    """A small file system with these options. Only root can mount."""
    if os.geteuid():
        pytest.skip("only root can mount a file system")
    with tempfile.TemporaryDirectory(prefix="uk-fs-") as place:
        command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", place)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        try:
            yield Path(place)
        finally:
            subprocess.run(("umount", "--lazy", place), check=True)


def test_a_full_disk_under_the_cache(monkeypatch, program):
    with file_system("size=64k,mode=0700") as place:
        monkeypatch.setenv("UNIKERNEL_CACHE", str(place / "cache"))
        with pytest.raises(ToolchainError) as caught:
            build(Config("x", {"x.c": program.read_text()}, language="c"))
        assert "Traceback" not in str(caught.value)
        assert list(place.glob("cache/*/*/*.new")) + list(place.glob("cache/*/*.new")) == []


def test_a_cache_on_a_file_system_that_runs_nothing(monkeypatch, config):
    with file_system("noexec,mode=0700") as place:
        monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
        found = next(one for one in doctor.examine().findings if one.item == "disk")
        assert (found.status, "noexec" in found.fact) == (doctor.Status.FAIL, True)
        with pytest.raises(ToolchainError, match="noexec") as caught:
            build(config)
        assert "UNIKERNEL_CACHE" in caught.value.hint


def test_a_cache_that_is_read_only(monkeypatch, config):
    with file_system("mode=0700") as place:
        subprocess.run(("mount", "-o", "remount,ro", str(place)), check=True)
        monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
        with pytest.raises(ToolchainError, match="file system is read-only") as caught:
            build(config)
        assert "UNIKERNEL_CACHE" in caught.value.hint


def test_a_cache_that_cannot_be_looked_into(monkeypatch, tmp_path):
    def closed(_):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    build(Config("x", {"x.c": "int main(void) { return 0; }\n"}, language="c"))
    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(ToolchainError, match=r"cannot be used.*permission denied"):
        integrity.damage(tmp_path / "images")


# ---- run folders


@pytest.fixture
def tiny(guest, tmp_path):
    return lambda **choices: machines.boot(
        guest.image(tmp_path, guest.say("ready\n") + guest.LOOP), **choices
    )


def nothing_is_left(place):
    assert registry.machines() == ()
    assert [path.name for path in place.glob("*/*") if path.name != "lan.lock"] == []


def in_the_way_a_file(path):
    path.touch()


def in_the_way_a_link(path):
    target = path.with_name("target")
    target.mkdir()
    path.symlink_to(target)


def in_the_way_a_dangling_link(path):
    path.symlink_to(path.with_name("nowhere"))


def in_the_way_an_open_folder(path):
    path.mkdir()
    path.chmod(0o777)


def in_the_way_anothers_folder(path):
    if os.geteuid():
        pytest.skip("only root can make a folder of another user")
    path.mkdir(mode=0o700)
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize("command", ["ps", "boot hello", "clean", "stop x", "logs x", "doctor"])
@pytest.mark.parametrize(
    "in_the_way",
    [
        *(in_the_way_a_file, in_the_way_a_link, in_the_way_a_dangling_link),
        *(in_the_way_an_open_folder, in_the_way_anothers_folder),
    ],
)
def test_something_in_the_place_of_the_run_folders(
    in_the_way, command, image, tmp_path_factory, monkeypatch, capsys
):
    place = tmp_path_factory.mktemp("t")  # short enough for sockets
    if command == "clean":  # not what tests in other processes use
        monkeypatch.setenv("UNIKERNEL_CACHE", str(place / "cache"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(run_folder, "SHARED", place)
    in_the_way(place / f"uk-{os.getuid()}")
    status = cli.main(command.split())
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert registry.machines() == ()
    words = captured.out if command == "doctor" else captured.err
    assert status == (0 if command == "doctor" else 1)
    assert f"uk-{os.getuid()}" in words
    assert "XDG_RUNTIME_DIR" in words


def fail(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/the/file")


@pytest.mark.boot
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (RunFolder, "create"),
        (RunFolder, "write"),
        (OwnedConsole, "attach"),
        (publisher.Publisher, "open"),
        (resources.Resources, "start"),
    ],
)
def test_a_disk_that_is_full_at_any_step_of_a_boot(
    owner, step, tiny, own_runtime_folder, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, fail)
        with pytest.raises(BootFailed, match="disk is full") as caught:
            tiny()
    assert "XDG_RUNTIME_DIR" in caught.value.hint
    nothing_is_left(own_runtime_folder)
    with tiny() as machine:
        assert machine.console.expect("ready", timeout_s=30)
    registry.clear()


@pytest.mark.boot
def test_a_disk_that_fills_while_a_machine_runs(tiny, own_runtime_folder, monkeypatch):
    machine = tiny()
    machine._side.launch = replace(machine._side.launch, keep=True)
    monkeypatch.setattr(RunFolder, "write", fail)
    machine.stop()
    assert machine.exit is not None
    registry.clear()
    nothing_is_left(own_runtime_folder)


@pytest.mark.boot
@pytest.mark.parametrize("inodes", range(1, 12))
def test_a_disk_with_room_for_so_many_files(inodes, tiny, monkeypatch):
    with file_system(f"size=4m,nr_inodes={inodes + 1},mode=0700") as place:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
        with contextlib.suppress(BootFailed, UnikernelError):
            tiny().stop()
        registry.clear()
        nothing_is_left(place)


def test_doctor_finds_a_full_disk_under_the_run_folders(monkeypatch):
    with file_system("size=64k,mode=0700") as place:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
        found = next(one for one in doctor.examine().findings if one.item == "run folders")
        assert (found.status, "is full" in found.fact) == (doctor.Status.FAIL, True)


@pytest.mark.boot
@pytest.mark.parametrize("pages", range(1, 4))
def test_a_disk_with_room_for_so_many_pages(pages, tiny, monkeypatch):
    with file_system(f"size={pages * 4}k,mode=0700") as place:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
        with contextlib.suppress(BootFailed, UnikernelError):
            tiny().stop()
        registry.clear()
        nothing_is_left(place)


def test_a_command_that_meets_a_full_disk_says_which(monkeypatch, capsys):
    monkeypatch.setitem(actions.COMMANDS, "ps", fail)
    assert cli.main(["ps"]) == 1
    assert "ps could not be done: /the/file: the disk is full" in capsys.readouterr().err


def test_the_runtime_folder_is_made(own_runtime_folder):
    assert runtime_folder().parent == own_runtime_folder
    assert unikernel.ps() is not None
