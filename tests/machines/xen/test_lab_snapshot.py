"""The saved state of the Xen lab: how it is made, kept, damaged, and made anew."""

import asyncio
import errno
import gc
import os
import re
import subprocess
import sys

import pytest
from support.xen.labs import OWNER, TIME_LIMIT_S, said, with_own_lab

from unikernel.errors import LabUnavailable
from unikernel.host import event_loop
from unikernel.machines.xen.lab import lab as lab_module
from unikernel.machines.xen.lab import snapshot
from unikernel.machines.xen.lab.lab import Lab
from unikernel_toolchain.store import integrity

pytestmark = pytest.mark.boot

MIB = 1 << 20


def folder_of_snapshot():
    return event_loop.call(snapshot.ready(lambda *_: None), timeout_s=TIME_LIMIT_S).folder


@pytest.fixture
def sound():
    """The snapshot whose labs all tests restore."""
    return folder_of_snapshot()


@pytest.fixture
def own_cache(sound, tmp_path, monkeypatch):
    """A cache of this test's own, with the lab's packages."""
    (tmp_path / "xen").mkdir()
    (tmp_path / "xen/choice.json").symlink_to(sound.with_name("choice.json"))
    copy([*sound.parent.glob("parts-*")], tmp_path / "xen")
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def own_snapshot(sound, own_cache, monkeypatch):
    """A snapshot of this test's own. It is made anew as a copy, where Xen and dom0 would boot.

    That takes half a minute, and was done for the one that all tests restore.
    """

    def copied(making, qemu, fetched, agent, folder):
        copy([sound / "memory", sound / "state"], folder)

    monkeypatch.setattr(snapshot._Making, "_boot", copied)
    copy([sound], own_cache / "xen")
    return folder_of_snapshot()


def copy(places, folder):
    subprocess.run(("cp", "-a", *places, folder), check=True)


def cut(folder):
    memory = folder / "memory"
    memory.chmod(0o644)
    os.truncate(memory, 100 * MIB)


def exchange(folder):
    """Another QEMU's state, in a folder that says nothing of it."""
    state = folder / "state"
    state.chmod(0o644)
    content = bytearray(state.read_bytes())
    content[4:8] = b"\0\0\0\1"  # the version of QEMU's format: docs/devel/migration.rst
    state.write_bytes(content)
    (folder / integrity.MARKS).unlink()
    integrity.seal(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (cut, r"The cache was damaged: the Xen lab: memory is .* bytes, not .* built again"),
        (exchange, r"The saved Xen lab is made anew, as it did not start"),
    ],
)
def test_a_snapshot_that_is_broken_is_made_anew_and_that_is_said_once(
    own_snapshot, caplog, harm, told
):
    harm(own_snapshot)

    async def body(lab):
        return await said(lab, "echo", "here")

    assert [with_own_lab(body), with_own_lab(body)] == ["here\n", "here\n"]
    assert len(caplog.messages) == 1
    assert re.search(told, caplog.messages[0])


HINTED = """
import asyncio, sys
from unikernel.errors import UnikernelError
from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab
try:
    event_loop.call(Lab.shared())
except UnikernelError as problem:
    sys.exit(f"{problem} {problem.hint}")
"""


def test_a_limit_of_the_shell_is_named_and_the_snapshot_stays():
    memory = folder_of_snapshot() / "memory"
    before = memory.stat()
    limited = 'ulimit -v 1000000; exec "$0" -c "$1"'
    argv = ("sh", "-c", limited, sys.executable, HINTED)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)
    assert done.returncode != 0
    told = "QEMU does not start for the Xen lab.*ulimit -v is 1000000"
    assert re.search(told, done.stderr, re.DOTALL)
    assert "made anew" not in done.stderr
    assert (memory.stat().st_ino, memory.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_descriptors_that_run_out_are_told(monkeypatch):
    def none_left(*_):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(lab_module, "QemuProcess", none_left)
    with pytest.raises(LabUnavailable, match="this process has too many files open") as caught:
        with_own_lab(None)
    assert "ulimit -n" in caught.value.hint


@pytest.mark.slow
def test_the_making_is_told_and_can_be_interrupted(own_cache, caplog):
    steps = []

    async def interrupted():
        begun = asyncio.Event()

        def tell(what, done, total):
            steps.append((done, total))
            if "booting" in what:
                begun.set()

        making = asyncio.create_task(Lab.restored(tell))
        async with asyncio.timeout(60):
            await begun.wait()
        await asyncio.sleep(1)  # it is booting
        making.cancel()
        await asyncio.wait((making,), timeout=20)
        return making.cancelled()

    assert event_loop.call(interrupted(), timeout_s=TIME_LIMIT_S)
    assert steps == [(0, 3), (1, 3), (2, 3)]
    assert not list((own_cache / "xen").glob("*.new"))
    gc.collect()  # an exception that nobody took is logged when its future goes
    assert caplog.messages == []


FULL = """
mount -t tmpfs -o size=120m tmpfs "$1/xen" && cp -a "$2/." "$1/xen" || exit 99
"$3" -c "$4"
echo "status $?"
ls "$1/xen"
"""


# It believes that there is room, and has a memory to save that no lab was booted for.
ROOM_ENOUGH = """
import os
from unikernel.machines.xen.lab import needs, snapshot
needs.DISK_MIB = 0
async def booted(qemu, memory, kernels):
    os.pwrite(memory, bytes([1]) * (150 << 20), 0)
    return b"state"
snapshot._booted = booted
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("", r"The Xen lab takes some 200 MiB, and \d+ MiB are free in {cache}"),
        (ROOM_ENOUGH, "The cache {cache} cannot be written: the disk is full"),
    ],
    ids=["before", "while it is saved"],
)
def test_a_disk_that_is_full_is_told_and_nothing_is_left(own_cache, before, told):
    """The packages fit, and what is made of them does not."""
    (own_cache / "xen").rename(own_cache / "parts")
    (own_cache / "xen").mkdir()
    words = (own_cache, own_cache / "parts", sys.executable, before + OWNER)
    argv = ("unshare", "--map-root-user", "--mount", "sh", "-c", FULL, "sh", *words)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert re.search(told.format(cache=own_cache), done.stderr)
    status, *left = done.stdout.split("\n")[:-1]
    assert status == "status 1"
    assert sorted(left) == sorted(path.name for path in (own_cache / "parts").iterdir())
