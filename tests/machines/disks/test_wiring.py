"""Disks behind machines that run: under QEMU, and of processes."""

import os
import resource
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from support.guests import tiny_guest, tiny_process

from unikernel import machines
from unikernel.disks import open_disks
from unikernel.errors import DiskUnavailable, UsageError
from unikernel.machines import registry
from unikernel.machines.process.command_line import paste
from unikernel.model.block import parse
from unikernel.model.spec import MACHINE_TYPES, Spec
from unikernel.render import display

pytestmark = pytest.mark.boot

PATIENCE_S = 60
MIB = 1 << 20


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path, monkeypatch):
    """Fresh disks have no name anywhere; files of moments are looked for where they would be."""
    (tmp_path / "moments").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "moments"))
    before = descriptors()
    yield
    registry.clear()
    assert not any((tmp_path / "moments").iterdir())
    assert descriptors() <= before


def descriptors():
    """The files that this process has open; what else it has may come and go."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        try:
            found |= {path.readlink()} if path.is_file() else set()
        except FileNotFoundError:
            continue
    return found


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "disk, a.img"
    path.write_bytes(bytes(MIB))
    return path


def text_of(path, *options):
    return ",".join([str(path).replace(",", ",,"), *options])


def boot(kind, tmp_path, chosen, code=None, **choices):
    """Boot an image that has a block device for each of the disks chosen."""
    code = kind.say("ready\n") + (code or kind.LOOP)
    name = choices.setdefault("name", "tiny")
    image = kind.image(tmp_path, code, name=f"{name}-of", blocks=tuple(chosen))
    vm = machines.boot(image, wait="running", blocks=chosen, **choices)
    vm.console.expect("ready", timeout_s=PATIENCE_S)
    return vm


def disks_of(vm):
    """Return what QEMU says of its disks, in the order of their devices."""
    entries = sorted(vm.qmp("query-block"), key=lambda entry: entry["qdev"])
    return [entry["inserted"] for entry in entries]


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_qemu_has_the_disks_in_order(tmp_path, raw, machine):
    chosen = {
        "read": text_of(raw, "ro"),
        "fresh": "64M",
        "new": f"{tmp_path}/new.qcow2,size=1G",
        "copy": text_of(raw, "snapshot"),
    }
    with boot(tiny_guest, tmp_path, chosen, machine=machine, accelerator="tcg") as vm:
        found = disks_of(vm)
        assert [entry["image"]["virtual-size"] for entry in found] == [MIB, 64 * MIB, 1 << 30, MIB]
        assert [entry["ro"] for entry in found] == [True, False, False, False]
        assert not any(entry["cache"]["no-flush"] for entry in found)
        assert "/dev/fdset" in found[0]["file"]
        text = display.machine_text(vm)
        assert "fresh on a fresh disk (64M, thrown away)" in text
        assert "(1M, read-only)" in text
        assert "new 1G" in str(display.machines_table([vm]))
    assert raw.read_bytes() == bytes(MIB)


@pytest.mark.parametrize("kind", [tiny_guest, tiny_process])
def test_a_file_that_a_machine_writes_is_no_others(tmp_path, raw, kind):
    with boot(kind, tmp_path, {"storage": text_of(raw)}, name="one"):
        for other in (tiny_guest, tiny_process):
            for option in ((), ("ro",), ("snapshot",)):
                with pytest.raises(DiskUnavailable, match="another machine"):
                    boot(other, tmp_path, {"storage": text_of(raw, *option)}, name="two")
    with boot(kind, tmp_path, {"storage": text_of(raw)}, name="two"):
        pass


def test_qemus_of_others_hold_our_disks_too_and_we_theirs(tmp_path, raw):
    theirs = (
        *("qemu-system-x86_64", "-M", "none", "-nodefaults", "-display", "none", "-S"),
        *("-device", "virtio-scsi", "-monitor", "stdio", "-M", "pc"),
        *(
            "-drive",
            f"if=none,id=d,format=raw,file={text_of(raw)}",
            "-device",
            "virtio-blk,drive=d",
        ),
    )
    with boot(tiny_process, tmp_path, {"storage": text_of(raw)}):
        done = subprocess.run(theirs, input="quit\n", text=True, capture_output=True, timeout=60)
        assert "lock" in done.stderr
    with subprocess.Popen(theirs, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as qemu:
        assert "QEMU" in qemu.stdout.readline()
        with pytest.raises(DiskUnavailable, match="another machine or program"):
            boot(tiny_process, tmp_path, {"storage": text_of(raw)})
        qemu.communicate("quit\n", timeout=60)


WRITE = 'out(variable(words, "UNIKERNEL_BLOCK_0", -1), "written", 7); say("done\\n");'
WRITE_AND_STAY = f"{WRITE} {tiny_process.LOOP}"


def test_a_process_writes_to_what_it_was_given(tmp_path, raw):
    with boot(tiny_process, tmp_path, {"storage": text_of(raw)}, WRITE_AND_STAY) as vm:
        vm.console.expect("done", timeout_s=PATIENCE_S)
        assert resource.prlimit(vm.pid, resource.RLIMIT_FSIZE) == (MIB, MIB)
    assert raw.read_bytes()[:7] == b"written"


@pytest.mark.parametrize("option", ["ro", "snapshot"])
def test_a_process_changes_no_file_that_is_not_its_own(tmp_path, raw, option):
    with boot(tiny_process, tmp_path, {"storage": text_of(raw, option)}, WRITE_AND_STAY) as vm:
        vm.console.expect("done", timeout_s=PATIENCE_S)
    assert raw.read_bytes() == bytes(MIB)


def test_a_pasted_command_opens_its_disks(tmp_path, raw):
    image = tiny_process.image(tmp_path, WRITE, blocks=("storage",))
    command = paste(image.path, Spec(blocks={"storage": text_of(raw)}))
    done = subprocess.run(command, shell=True, capture_output=True, timeout=60)
    assert done.stdout == b"done\n"
    assert raw.read_bytes()[:7] == b"written"


def test_a_pasted_qemu_names_its_disks(tmp_path, raw):
    with boot(
        tiny_guest, tmp_path, {"storage": text_of(raw, "ro"), "b": text_of(raw, "snapshot")}
    ) as vm:
        words = shlex.split(vm.command)
    assert any(str(raw) in word for word in words)
    assert not any("fdset" in word or word == "-add-fd" for word in words)
    image = tiny_guest.image(tmp_path, tiny_guest.leave(3))
    words[words.index("-kernel") + 1] = str(image.path)
    assert subprocess.run(words, timeout=60, capture_output=True).returncode == 3 << 1 | 1


def test_a_process_reads_no_qcow2(tmp_path):
    with pytest.raises(UsageError, match="no QEMU reads it") as caught:
        boot(tiny_process, tmp_path, {"storage": f"{tmp_path}/a.qcow2,size=1M"})
    assert "qemu-img convert" in caught.value.hint
    assert not (tmp_path / "a.qcow2").exists()


def test_a_disk_that_claims_another_file_is_never_opened(tmp_path):
    """What a guest may write to the start of its raw disk, and what a stranger may send."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret".ljust(MIB, b"\0"))
    disk = tmp_path / "disk.qcow2"
    for opened in open_disks({"storage": parse(f"{disk},size=1M")}).values():
        opened.close()
    hostile = bytearray(disk.read_bytes())
    name = str(secret).encode()
    hostile[8:20] = struct.pack(">QI", 512, len(name))
    hostile[512 : 512 + len(name)] = name
    disk.write_bytes(hostile)
    with pytest.raises(DiskUnavailable, match="backing file"):
        boot(tiny_guest, tmp_path, {"storage": str(disk)})
    raw = disk.rename(tmp_path / "disk.img")
    with boot(tiny_guest, tmp_path, {"storage": str(raw)}) as vm:
        (found,) = vm.qmp("query-block")
        assert found["inserted"]["image"]["format"] == "raw"
        assert found["inserted"]["image"]["virtual-size"] == raw.stat().st_size


@pytest.mark.parametrize("kind", [tiny_guest, tiny_process])
def test_a_device_without_a_disk_is_told(tmp_path, kind):
    image = kind.image(tmp_path, kind.LOOP, blocks=("storage",))
    with pytest.raises(UsageError, match="no disk is named") as caught:
        machines.boot(image)
    assert "--block storage=64M" in caught.value.hint


def test_slots_are_counted(tmp_path):
    chosen = {f"d{number}": "1M" for number in range(8)}
    with pytest.raises(UsageError, match="room for 7") as caught:
        boot(tiny_guest, tmp_path, chosen)
    assert "q35" in caught.value.hint
    with boot(tiny_guest, tmp_path, chosen, machine="q35") as vm:
        assert len(vm.qmp("query-block")) == 8


def test_a_detached_machine_has_its_disks(tmp_path, raw):
    image = tiny_process.image(
        tmp_path, tiny_process.say("ready\n") + tiny_process.LOOP, blocks=("a",)
    )
    with machines.detach(image, name="far", blocks={"a": text_of(raw)}) as vm:
        assert str(vm.disks["a"]) == text_of(raw, "size=1M")
        with pytest.raises(DiskUnavailable):
            boot(tiny_process, tmp_path, {"storage": text_of(raw)}, name="near")
    vm.forget()


def test_a_killed_owner_leaves_no_disk(tmp_path):
    """Its guest goes with it or is swept, and a fresh disk with whoever had it open."""
    program = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from support.guests import tiny_process
from unikernel import machines
folder, code = Path({str(tmp_path)!r}), tiny_process.say("x") + tiny_process.LOOP
image = tiny_process.image(folder, code, blocks=("a",))
machines.boot(image, blocks={{"a": "64M"}})
os.kill(os.getpid(), 9)
"""
    done = subprocess.run((sys.executable, "-c", program), env=dict(os.environ), timeout=120)
    assert done.returncode == -9
    machines.leftovers.remove_stale()
