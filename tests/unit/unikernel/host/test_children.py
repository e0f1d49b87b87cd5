import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unikernel.host import event_loop
from unikernel.host.children import Process, start_time


def run(tmp_path, *command, keep=()):
    """Start a process on the event loop; return it, its exit status, and what it wrote."""

    async def start():
        with (tmp_path / "errors").open("wb") as errors:
            process = Process(command, keep=keep, errors=errors)
        return process, await process.ended

    process, status = event_loop.call(start(), timeout_s=30)
    return process, status, (tmp_path / "errors").read_text()


def test_status_and_words(tmp_path):
    _, status, errors = run(tmp_path, "sh", "-c", "echo oops >&2; exit 3")
    assert (status, errors) == (3, "oops\n")


def test_a_session_of_its_own(tmp_path):
    process, _, errors = run(tmp_path, "sh", "-c", "ps -o sid= -p $$")
    assert int(errors) == process.pid != os.getsid(0)


def test_kill(tmp_path):
    async def start_and_kill():
        with (tmp_path / "errors").open("wb") as errors:
            process = Process(("sleep", "1000"), keep=(), errors=errors)
        process.kill()
        status = await process.ended
        process.kill()  # of one that has ended: nothing
        return status

    assert event_loop.call(start_and_kill(), timeout_s=30) == -signal.SIGKILL


def test_only_the_named_descriptors_are_inherited(tmp_path):
    reader, writer = os.pipe()
    command = (sys.executable, "-c", f"import os; os.write({writer}, b'x')")
    _, status, _ = run(tmp_path, *command, keep=(writer,))
    assert status == 0
    assert os.read(reader, 1) == b"x"
    assert run(tmp_path, *command)[1] != 0
    os.close(reader)
    os.close(writer)


def test_no_descriptor_stays_open(tmp_path):
    run(tmp_path, "true")
    before = descriptors()
    for _ in range(5):
        run(tmp_path, "true")
    assert descriptors() == before


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


OWNER = """
import asyncio, sys
from unikernel.host import event_loop
from unikernel.host.children import Process
async def start():
    with open("/dev/null", "wb") as errors:
        return Process(("sleep", "1000"), keep=(), errors=errors)
print(event_loop.call(start()).pid, flush=True)
sys.stdin.read()
"""


def test_it_dies_with_its_owner(dies):
    owner = subprocess.Popen(
        (sys.executable, "-c", OWNER), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with owner:
        child = int(owner.stdout.readline())
        assert start_time(child) is not None
        owner.kill()
    dies(child)


def test_start_time_tells_processes_apart():
    assert start_time(os.getpid()) == start_time(os.getpid())
    with subprocess.Popen(("true",)) as ended:
        ended.wait()
    assert start_time(ended.pid) is None


@pytest.fixture
def dies():
    """Waits until a process that is no child of ours is gone."""

    def wait(pid, timeout_s=10):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return

        async def gone():
            loop, done = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(descriptor, done.set)
            await asyncio.wait_for(done.wait(), timeout_s)
            loop.remove_reader(descriptor)

        asyncio.run(gone())
        os.close(descriptor)

    return wait
