"""Disks that come, go and change while their guest runs and is asked what it sees."""

import contextlib
import os
import re
import subprocess
import threading
from pathlib import Path

import pytest
from support.guests.guest_programs import build

import unikernel
from unikernel.disks import open_disks
from unikernel.errors import DiskUnavailable, HypervisorLost, UsageError, WrongState
from unikernel.model.block import parse

pytestmark = pytest.mark.boot

PROGRAM = "ocaml_block_exchange"
KIB, MIB = 1 << 10, 1 << 20
ANSWER_S = 30
MACHINES = ("microvm", "q35")


@pytest.fixture
def raw(tmp_path):
    return made(tmp_path / "a.img", MIB)


def made(path, size):
    with path.open("wb") as file:
        file.truncate(size)
    return path


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def booted(disk, machine="microvm", **choices):
    image = build(PROGRAM, machine, blocks=("storage",))
    vm = unikernel.boot(
        image,
        name=f"{PROGRAM} {machine}",
        replace=True,
        machine=machine,
        blocks={"storage": str(disk)},
        **choices,
    )
    vm.console.expect(re.escape("[ready]"), timeout_s=ANSWER_S)
    return vm


def ask(vm, question):
    """Return the guest's answer."""
    vm.console.write(f"{question}\n")
    return vm.console.expect(r"\[(.*?)\]", timeout_s=ANSWER_S)[1]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_disk_is_attached_detached_and_attached_again(machine, raw, tmp_path):
    with booted("none", machine) as vm:
        assert ask(vm, "info") == "info: 0 writable"
        for question in ("read 0", "write 0 lost", "flush"):
            assert ask(vm, question).endswith(": disconnected")
        attached = vm.attach_disk("storage", raw)
        assert attached.size_bytes == MIB
        assert ask(vm, "info") == "info: 2048 writable"
        assert ask(vm, "write 7 kept") == "write: ok"
        vm.detach_disk("storage")
        assert raw.read_bytes()[7 * 512 :][:5] == b"kept\0"
        assert ask(vm, "read 7") == "read: disconnected"
        assert ask(vm, "info") == "info: 0 writable"
        vm.attach_disk("storage", "4M")
        assert ask(vm, "info") == "info: 8192 writable"
        assert ask(vm, "read 7") == "read: zeroes"
        vm.detach_disk("storage")
        vm.attach_disk("storage", f"{raw},snapshot")
        assert ask(vm, "info") == "info: 2048 writable"
        assert ask(vm, "read 7") == "read: kept"
        assert ask(vm, "write 7 thrown") == "write: ok"
        assert ask(vm, "read 7") == "read: thrown"
        vm.detach_disk("storage")
        vm.attach_disk("storage", f"{tmp_path / 'b.qcow2'},size=2M")
        assert ask(vm, "info") == "info: 4096 writable"
        assert ask(vm, "write 4095 end") == "write: ok"
        vm.detach_disk("storage")
        vm.attach_disk("storage", tmp_path / "b.qcow2")
        assert ask(vm, "info") == "info: 4096 writable"
        assert ask(vm, "read 4095") == "read: end"
    assert raw.read_bytes()[7 * 512 :][:5] == b"kept\0"


@pytest.mark.parametrize("machine", MACHINES)
def test_an_exchange_that_the_guest_slept_through_is_told_once(machine, raw, tmp_path):
    """Whoever knows of a file system on one disk writes nothing of it to another."""
    other = made(tmp_path / "b.img", MIB)
    with booted(raw, machine) as vm:
        assert ask(vm, "write 1 first") == "write: ok"
        vm.detach_disk("storage")
        vm.attach_disk("storage", other)
        assert ask(vm, "write 1 second") == "write: disconnected"
        assert ask(vm, "write 1 third") == "write: ok"
    assert raw.read_bytes()[512:518] == b"first\0"
    assert other.read_bytes()[512:518] == b"third\0"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_disk_grows_and_shrinks(machine, raw):
    with booted(raw, machine) as vm:
        assert ask(vm, "read 4000").startswith("read: buffers")
        vm.resize_disk("storage", "2M")
        assert ask(vm, "write 4000 grown") == "write: ok"
        assert ask(vm, "info") == "info: 4096 writable"
        assert vm.disks["storage"].size_bytes == 2 * MIB
        with pytest.raises(UsageError, match="would be lost"):
            vm.resize_disk("storage", 512 * KIB)
        assert ask(vm, "read 4000") == "read: grown"
        vm.resize_disk("storage", 512 * KIB, shrink=True)
        assert ask(vm, "read 4000").startswith("read: ")
        assert ask(vm, "info") == "info: 1024 writable"
        assert ask(vm, "read 1023") == "read: zeroes"
        assert ask(vm, "read 1024").startswith("read: buffers")
        vm.resize_disk("storage", "2M")
        assert ask(vm, "read 4000") == "read: zeroes"
    assert raw.stat().st_size == 2 * MIB


@pytest.mark.parametrize("machine", MACHINES)
def test_what_was_flushed_is_there_when_a_disk_is_taken_from_a_busy_guest(machine, raw):
    with booted(raw, machine) as vm:
        vm.console.write("stream\n")
        vm.console.expect(r"streamed 128\r?\n", timeout_s=ANSWER_S)
        vm.detach_disk("storage")
        said = vm.console.expect(r"\[stream ended after (\d+): (.*?)\]", timeout_s=ANSWER_S)
        assert "disconnected" in said[2]
        last = int(said[1])
        data = raw.read_bytes()
        for number in range(max(1, last - 1023), last + 1):
            at = number % 1024 * 512
            found = int(data[at : at + 8].rstrip(b"\0"))
            assert found == number or (found == last + 1 and number == last - 1023)
        vm.attach_disk("storage", raw)
        assert ask(vm, f"read {last % 1024}") == f"read: {last}"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_device_that_is_only_read(machine, raw, tmp_path):
    with raw.open("r+b") as file:
        file.write(b"one")
    other = made(tmp_path / "b.img", 2 * MIB)
    with booted("none,ro", machine) as vm:
        assert ask(vm, "info") == "info: 0 read-only"
        with pytest.raises(UsageError, match="read only"):
            vm.attach_disk("storage", raw)
        vm.attach_disk("storage", f"{raw},ro")
        assert ask(vm, "info") == "info: 2048 read-only"
        assert ask(vm, "read 0") == "read: one"
        assert ask(vm, "write 0 no") == "write: the block device is read-only"
        vm.detach_disk("storage")
        assert ask(vm, "read 0") == "read: disconnected"
        vm.attach_disk("storage", f"{other},ro")
        assert ask(vm, "read 3000") == "read: zeroes"
        assert ask(vm, "info") == "info: 4096 read-only"
        with pytest.raises(UsageError, match="only read"):
            vm.resize_disk("storage", "4M")


@pytest.mark.parametrize("machine", MACHINES)
def test_a_guest_that_is_reset_or_held_finds_what_is_attached(machine, raw):
    with booted("none", machine) as vm:
        vm.pause()
        vm.attach_disk("storage", raw)
        vm.resume()
        assert ask(vm, "write 3 held") == "write: ok"
        vm.reset()
        vm.console.expect(re.escape("[ready]"), timeout_s=ANSWER_S)
        assert ask(vm, "info") == "info: 2048 writable"
        assert ask(vm, "read 3") == "read: held"
        vm.pause()
        vm.detach_disk("storage")
        with raw.open("r+b") as file:
            file.write(b"x")
        vm.resume()
        assert ask(vm, "read 3") == "read: disconnected"


def test_files_are_free_again_and_nothing_stays_open(raw):
    with booted(raw) as vm, booted("none", "q35") as other:
        with pytest.raises(DiskUnavailable, match="another machine"):
            other.attach_disk("storage", raw)
        before = open_files(), len(vm.qmp("query-fdsets"))
        for _ in range(5):
            vm.detach_disk("storage")
            other.attach_disk("storage", raw)
            assert ask(other, "info") == "info: 2048 writable"
            other.detach_disk("storage")
            vm.attach_disk("storage", raw)
        assert open_files() <= before[0]
        assert len(vm.qmp("query-fdsets")) == before[1]
        assert len(vm.qmp("query-named-block-nodes")) == 2


def test_what_is_refused_leaves_everything_as_it_was(raw, tmp_path):
    odd = made(tmp_path / "odd.img", 1000)
    with booted(raw) as vm:
        with pytest.raises(DiskUnavailable, match="Detach"):
            vm.attach_disk("storage", "4M")
        with pytest.raises(UsageError, match="no block device 'store'"):
            vm.detach_disk("store")
        assert ask(vm, "info") == "info: 2048 writable"
        vm.detach_disk("storage")
        with pytest.raises(DiskUnavailable, match="has no disk"):
            vm.detach_disk("storage")
        with pytest.raises(DiskUnavailable, match="has no disk"):
            vm.resize_disk("storage", "4M")
        with pytest.raises(DiskUnavailable, match="sectors"):
            vm.attach_disk("storage", odd)
        with pytest.raises(DiskUnavailable, match="there is none"):
            vm.attach_disk("storage", tmp_path / "nowhere.img")
        with pytest.raises(DiskUnavailable, match="no disk now"):
            vm.contents("storage")
        assert ask(vm, "info") == "info: 0 writable"
    with pytest.raises(WrongState, match="ended"):
        vm.attach_disk("storage", raw)


def test_two_at_once_are_one_after_the_other(raw):
    with booted("none") as vm:
        failed = []

        def attach():
            try:
                vm.attach_disk("storage", raw)
            except DiskUnavailable as problem:
                failed.append(problem)

        threads = [threading.Thread(target=attach) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failed) == 3
        assert ask(vm, "info") == "info: 2048 writable"


@pytest.mark.parametrize("kind", ["kept", "fresh", "snapshot", "qcow2", "qcow2 snapshot"])
def test_disks_of_each_kind_change_their_size(kind, raw, tmp_path):
    qcow2 = tmp_path / "b.qcow2"
    open_disks({"b": parse(f"{qcow2},size=1M")})["b"].close()
    disks = {"kept": raw, "fresh": "1M", "snapshot": f"{raw},snapshot", "qcow2": qcow2}
    with booted(disks.get(kind, f"{qcow2},snapshot")) as vm:
        assert ask(vm, "write 1 near") == "write: ok"
        vm.resize_disk("storage", "3M")
        assert ask(vm, "write 5000 far") == "write: ok"
        assert ask(vm, "flush") == "flush: ok"  # qcow2's tables, too
        with vm.contents("storage") as found:
            assert found.size_bytes == 3 * MIB
            assert found._source.read(5000 * 512, 4) == b"far\0"
            assert not any(found._source.read(2 * MIB, 4096))
        vm.resize_disk("storage", 512 * KIB, shrink=True)
        assert ask(vm, "info") == "info: 1024 writable"
        assert ask(vm, "read 1") == "read: near"
        vm.detach_disk("storage")
        assert ask(vm, "info") == "info: 0 writable"


def test_a_machine_that_ends_in_the_middle_leaves_nothing(raw, tmp_path):
    before = open_files()
    for _ in range(5):
        vm = booted("none")
        thread = threading.Thread(target=attach_and_detach, args=(vm, raw))
        thread.start()
        ask(vm, "info")
        vm.stop()
        thread.join()
        open_disks({"a": parse(str(raw))})["a"].close()
    assert open_files() <= before


def attach_and_detach(vm, file):
    with contextlib.suppress(HypervisorLost, WrongState):
        while True:
            vm.attach_disk("storage", file)
            vm.detach_disk("storage")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_file_system_of_the_host_that_is_full(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", small], check=True)
    try:
        with booted("none") as vm:
            vm.attach_disk("storage", f"{small / 'a.img'},size=1M")
            vm.console.write("stream\n")
            said = vm.console.expect(r"\[stream ended after (\d+): (.*?)\]", timeout_s=ANSWER_S)
            assert "the block device failed" in said[2]
            assert ask(vm, "read 1") == "read: 1"
            vm.detach_disk("storage")
            vm.attach_disk("storage", "1M")
            assert ask(vm, "info") == "info: 2048 writable"
            assert ask(vm, "write 1 more") == "write: ok"
    finally:
        subprocess.run(["umount", small], check=True)
