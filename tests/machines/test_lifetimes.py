"""What lives and what dies: interrupts, kills, and many machines one after the other."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import TESTS

from unikernel import machines
from unikernel.host import run_folder
from unikernel.host.children import start_time
from unikernel.machines import registry

pytestmark = pytest.mark.boot

PATIENCE_S = 30
OWNER = """
import signal
import sys
from pathlib import Path
from importlib import import_module
from unikernel import machines
guest = import_module(sys.argv[2])
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored
image = guest.image(Path(sys.argv[1]), guest.say("up\\n") + guest.LOOP)
vm = machines.boot(image)
while True:
    try:
        print(vm.pid, vm.state, flush=True)
        sys.stdin.read()
        break
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
def owner(guest, tmp_path, monkeypatch):
    """A process in a group of its own that runs a machine; its pid as `carrier`."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    with subprocess.Popen(
        (sys.executable, "-c", OWNER, str(tmp_path), guest.__name__),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        process.carrier = int(process.stdout.readline().split()[0])
        yield process
        process.kill()


def wait_for_end(pid):
    """Wait until a process that is no child of ours has ended."""
    import select

    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    ended = poll.poll(PATIENCE_S * 1000)
    os.close(descriptor)
    assert ended


def test_an_interrupt_of_the_whole_group_leaves_the_guest_running(owner):
    os.killpg(owner.pid, signal.SIGINT)
    assert owner.stdout.readline() == f"{owner.carrier} running\n"
    assert start_time(owner.carrier) is not None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_owner_takes_the_guest_along(owner, number):
    owner.send_signal(number)
    wait_for_end(owner.carrier)


def test_an_owner_that_ends_leaves_nothing(owner):
    owner.communicate("", timeout=PATIENCE_S)
    assert owner.returncode == 0
    assert start_time(owner.carrier) is None
    assert list(run_folder.runtime_folder().glob(f"{owner.pid}-*")) == []


@pytest.fixture
def no_machines():
    """Stops and forgets what a test has booted, however it ended."""
    yield
    registry.stop_all()
    registry.clear()


@pytest.mark.usefixtures("no_machines")
def test_fifty_machines_leave_nothing_behind(guest, tmp_path):
    image = guest.image(tmp_path, guest.say("x\n") + guest.leave(0))
    looping = guest.image(tmp_path, guest.say("x\n") + guest.LOOP, "looping")

    def once():
        machines.boot(image).wait(PATIENCE_S)
        with machines.boot(looping, wait="running"):
            pass

    def left():
        return {
            "threads": threading.active_count(),
            "descriptors": sorted(str(f) for f in Path("/proc/self/fd").iterdir()),
            "folders": list(run_folder.runtime_folder().glob(f"{os.getpid()}-*")),
            "machines": len(registry.machines()),
        }

    once()
    before = left()
    for _ in range(25):
        once()
    after = left()
    assert len(after.pop("descriptors")) == len(before.pop("descriptors"))
    assert after == before
