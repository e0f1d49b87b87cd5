"""Disks of domains as dom0 may have them: resized while their guest runs, of large sectors."""

import os
import re
import time

import pytest
from support.guests.guest_programs import build

import unikernel
from unikernel.host import event_loop
from unikernel.machines.qemu.blockdev import device_name
from unikernel.machines.xen.lab.devices import disks
from unikernel.machines.xen.lab.lab import Lab

pytestmark = pytest.mark.boot

PROGRAM = "ocaml_block_exchange"
MIB = 1 << 20
ANSWER_S = 30
RESCAN = "for disk in /sys/bus/scsi/devices/0:*/rescan; do echo 1 >$disk; done"


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(4 * MIB))
    return path


@pytest.fixture
def plugged(monkeypatch):
    """Where disks are plugged into the lab."""
    targets = []
    device = disks._device

    def noted(target):
        targets.append(target)
        return device(target)

    monkeypatch.setattr(disks, "_device", noted)
    return targets


def booted(disk):
    vm = unikernel.boot(
        build(PROGRAM, "xen", blocks=("storage",)),
        name=f"{PROGRAM} xen",
        replace=True,
        blocks={"storage": str(disk)},
    )
    vm.console.expect(re.escape("[ready]"), timeout_s=ANSWER_S)
    return vm


def ask(vm, question):
    """Return the guest's answer."""
    vm.console.write(f"{question}\n")
    return vm.console.expect(r"\[(.*?)\]", timeout_s=ANSWER_S)[1]


def resize(target, disk, size):
    """As whoever runs dom0 does; its block back end tells the guest at the next request."""

    async def body():
        lab = await Lab.shared()
        arguments = {"node-name": device_name(target), "size": size}
        await lab.qmp.execute("block_resize", arguments)
        done = await lab.dom0.run(("sh", "-c", RESCAN))
        assert done.status == 0, done.errors

    if size > disk.stat().st_size:
        os.truncate(disk, size)
    event_loop.call(body(), timeout_s=ANSWER_S)


def await_sectors(vm, sectors):
    end = time.monotonic() + ANSWER_S
    while ask(vm, "info") != f"info: {sectors} writable":
        assert time.monotonic() < end
        ask(vm, "read 0")


def test_a_disk_grows_and_shrinks_while_its_guest_runs(disk, plugged):
    with booted(disk) as vm:
        assert ask(vm, "info") == "info: 8192 writable"
        assert ask(vm, "read 8192") != "read: zeroes"
        resize(plugged[0], disk, 8 * MIB)
        await_sectors(vm, 16384)
        assert ask(vm, "write 16383 end") == "write: ok"
        assert ask(vm, "flush") == "flush: ok"
        assert disk.read_bytes()[16383 * 512 :][:4] == b"end\0"
        resize(plugged[0], disk, 2 * MIB)
        await_sectors(vm, 4096)
        assert ask(vm, "read 4096") != "read: zeroes"
        assert ask(vm, "write 4095 last") == "write: ok"


def test_a_disk_of_4_kib_sectors(disk, monkeypatch):
    device = disks._device
    large = {"logical_block_size": 4096, "physical_block_size": 4096}
    monkeypatch.setattr(disks, "_device", lambda target: {**device(target), **large})
    with booted(disk) as vm:
        assert ask(vm, "info") == "info: 1024 writable"
