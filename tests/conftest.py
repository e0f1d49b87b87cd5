"""Fixtures are states: config → image → machine → booted. A test asks for the state it needs."""

import contextlib
import fcntl
import os
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
# What needs least and takes least comes first.
FOLDERS = (
    *("style", "unit", "builds", "libos", "guest", "apps", "machines", "debugging", "frontends"),
    *("measure", "networks", "docs", "notebooks", "browser", "hardening", "lab", "distributions"),
)
# Held while a test runs: by one that looks whether an interface of the host was left alone, since
# the other process, or another session, may make some; by the others together.
INTERFACES = Path(tempfile.gettempdir(), f"unikernel-tests-interfaces-{os.getuid()}.lock")
# Held while one waits for that: who wants it alone would else be overtaken for ever.
IN_TURN = INTERFACES.with_suffix(".turn")
EARLY = ("style", "unit")  # with a fault in these, the others are not worth their minutes
HELLO = 'let start () = print_endline "Hello, unikernel!"\n'

# Kept between runs: the library OS and images. The tests are right without it, and slower.
os.environ.setdefault("UNIKERNEL_CACHE", str(ROOT / ".cache" / "unikernel"))


def pytest_configure():
    """Let interrupts reach the processes of tests: a shell's background job ignores them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def folders_above(argument):
    """Return the folder of tests that an argument of pytest's is in, if it is in one."""
    path = Path(argument.partition("::")[0]).resolve()
    return path.relative_to(TESTS).parts[:1] if path.is_relative_to(TESTS) else ()


def folder_of(item):
    return item.path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(config, items):
    asked = {folder for arg in config.args for folder in folders_above(arg)}
    unasked = {
        item: folder_of(item) not in asked and item.get_closest_marker("asked") for item in items
    }
    config.hook.pytest_deselected(items=[item for item in items if unasked[item]])
    items[:] = [item for item in items if not unasked[item]]
    items.sort(
        key=lambda item: (bool(item.get_closest_marker("last")), FOLDERS.index(folder_of(item)))
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Stop between the early folders and the others if anything failed so far."""
    with INTERFACES.open("w") as lock, IN_TURN.open("w") as turn:
        if folder_of(item) not in EARLY:
            looks = "nothing_left" in item.fixturenames or item.get_closest_marker("interfaces")
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if looks else fcntl.LOCK_SH)
            fcntl.flock(turn, fcntl.LOCK_UN)
        result = yield
    ends_early_part = nextitem and folder_of(item) in EARLY and folder_of(nextitem) not in EARLY
    if ends_early_part and item.session.testsfailed:
        item.session.shouldfail = f"faults in {' or '.join(EARLY)}: the others are not run"
    return result


BESIDE = pytest.StashKey()


def pytest_collection_finish(session):
    """Begin what runs beside the tests, so that it is done when it is asked for."""
    marks = [item.get_closest_marker("beside") for item in session.items]
    programs = list(dict.fromkeys(mark.args[0] for mark in marks if mark))
    if programs and not session.config.option.collectonly:
        from support.beside import Beside

        session.config.stash[BESIDE] = Beside(programs, **session_of(session.config))


def session_of(config):
    """Return the process that lives as long as the session, and the name of a divided session."""
    if worker := getattr(config, "workerinput", None):
        return {"owner": os.getppid(), "session": worker["testrunuid"]}
    return {"owner": os.getpid()}


@pytest.fixture(scope="session")
def beside(request):
    """What was begun with the session."""
    return request.config.stash[BESIDE]


@pytest.fixture(params=["virtio", "unix"])
def guest(request):
    """The words that code of a tiny guest is made of, for each target."""
    from support.guests import tiny_guest, tiny_process

    return {"virtio": tiny_guest, "unix": tiny_process}[request.param]


@pytest.fixture
def only_these():
    """A function that makes images and machines the only ones that are known; at first, none."""
    from support.fake_machine import known_alone

    with known_alone() as only_these:
        yield only_these


@contextlib.contextmanager
def runtime_folder():
    """A new runtime folder, short enough for sockets: who uses it sees only what began in it."""
    # Processes of a test may still be removing what is in it.
    place = tempfile.TemporaryDirectory(prefix="uk-", dir="/tmp", ignore_cleanup_errors=True)
    with place as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def runtime_folder_of_the_process():
    """What lists machines lists this process's: others that run tests have theirs elsewhere."""
    with runtime_folder() as folder:
        yield folder


@pytest.fixture
def own_runtime_folder():
    """A runtime folder of this test's own: it sees only its machines."""
    with runtime_folder() as folder:
        yield folder


@pytest.fixture
def config():
    """A request for the smallest OCaml unikernel."""
    from unikernel_toolchain.model.config import Config

    return Config(name="hello", sources={"hello.ml": HELLO})


@pytest.fixture
def image(config):
    """The image of `config`, built or from the cache."""
    from unikernel_toolchain import build

    return build(config)


@pytest.fixture
def machine(image):
    """A machine of `image`, paused before its first instruction; stopped afterwards."""
    import unikernel

    with unikernel.boot(image, paused=True) as vm:
        yield vm


@pytest.fixture
def booted(machine):
    """A machine whose guest has said its first line."""
    machine.resume()
    machine.console.expect("Hello, unikernel!", timeout_s=30)
    return machine


@pytest.fixture(scope="module", autouse=True)
def no_machines_of_other_files():
    """What has ended is off the list after its file: which files share a process is chance."""
    yield
    if registry := sys.modules.get("unikernel.machines.registry"):
        registry.clear()


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(runtime_folder_of_the_process):
    """After the session: no child process, thread, descriptor or run folder of ours.

    Tests share a Xen lab, which goes with the session.
    """
    descriptors = open_descriptors()
    yield
    if lab := sys.modules.get("unikernel.machines.xen.lab.lab"):
        lab.close_shared()  # which would last as long as this process
    loops = 2 * 3  # event loops, ours and jupyter_client's: epoll and a pair of sockets
    assert child_processes() == []
    assert [t.name for t in threading.enumerate() if not t.daemon] == ["MainThread"]
    opened = (Counter(open_descriptors()) - Counter(descriptors)).elements()
    opened = [what for what in opened if not what.endswith(".ttf")]  # matplotlib keeps its fonts
    assert len(opened) <= loops, opened
    assert run_folders() == []


def child_processes():
    """Return the command lines of this process's children that are alive."""
    return [
        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        for folder in Path("/proc").glob("[0-9]*")
        if is_child(folder)
    ]


def is_child(folder):
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended while we looked
        return False
    state, parent = fields[0], int(fields[1])
    return parent == os.getpid() and state != "Z"


def open_descriptors():
    return sorted(str(f.readlink()) for f in Path("/proc/self/fd").iterdir() if f.is_symlink())


def run_folders():
    """Return the folders that this process's machines left."""
    from unikernel.host import run_folder

    return list(run_folder.runtime_folder().glob(f"{os.getpid()}-*"))
