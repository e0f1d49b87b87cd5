"""Fixtures are states: config → image → machine → booted. A test asks for the state it needs."""

import os
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ("boot", "notebook", "browser", "kvm", "last")  # quick tests first, then by their needs
HELLO = 'let start () = print_endline "Hello, unikernel!"\n'

# Kept between runs: the library OS and images. The tests are right without it, and slower.
os.environ.setdefault("UNIKERNEL_CACHE", str(ROOT / ".cache" / "unikernel"))


def pytest_configure():
    """Let interrupts reach the processes of tests: a shell's background job ignores them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    def rank(item):
        return max(
            (i for i, mark in enumerate(ORDER, 1) if item.get_closest_marker(mark)), default=0
        )

    items.sort(key=rank)


BESIDE = pytest.StashKey()


def pytest_collection_finish(session):
    """Begin what runs beside the tests, so that it is done when it is asked for."""
    marks = [item.get_closest_marker("beside") for item in session.items]
    programs = list(dict.fromkeys(mark.args[0] for mark in marks if mark))
    if programs and not session.config.option.collectonly:
        from support.beside import Beside

        session.config.stash[BESIDE] = Beside(programs)


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


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(request):
    """After the session: no child process, thread, descriptor or run folder of ours."""
    descriptors = open_descriptors()
    yield
    if running := request.config.stash.get(BESIDE, None):
        running.end()
    loops = 2 * 3  # event loops, the engine's and jupyter_client's: epoll and a pair of sockets
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
