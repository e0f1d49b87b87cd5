"""The Xen lab: made, restored, shared, held, and what happens to it."""

import asyncio
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.xen.labs import OWNER, said, with_lab, with_own_lab

from unikernel import disks
from unikernel.errors import Dom0Refused, HypervisorLost, LabUnavailable, QmpError
from unikernel.machines.xen.lab import lab as lab_module
from unikernel.machines.xen.lab.devices.nets import SLOTS
from unikernel.machines.xen.lab.devices.ports import NetPort
from unikernel.machines.xen.lab.lab import Lab
from unikernel.model.block import Block

pytestmark = pytest.mark.boot

HELD_S = 8
MIB = 1 << 20


# ---- dom0


def test_xen_and_dom0_are_there():
    async def body(lab):
        return lab.version, await said(lab, "xl", "info"), await said(lab, "xl", "list")

    version, info, listed = with_lab(body)
    assert f"xen_version            : {version}" in info
    assert "virt_caps              : pv hvm hap" in info
    assert re.findall(r"^(\S+) +(\d+)", listed, re.MULTILINE) == [("Domain-0", "0")]


def test_dom0_has_the_time_of_now_and_a_seed_of_its_own():
    async def body(lab):
        return float(await said(lab, "date", "+%s")), await lab.dom0.get(
            "/proc/sys/kernel/random/uuid"
        )

    one, other = with_own_lab(body), with_own_lab(body)
    assert abs(one[0] - time.time()) < 30
    assert one[1] != other[1]


def test_a_domain_that_there_is_not_has_no_console(monkeypatch):
    monkeypatch.setattr("unikernel.machines.xen.lab.lab_dom0._CONSOLE_TIME_S", 0.5)

    async def body(lab):
        await lab.dom0.console(4321, lambda _: None)

    with pytest.raises(Dom0Refused, match="Domain 4321 has no console"):
        with_lab(body)


# ---- devices


def test_a_network_device_comes_and_goes():
    async def body(lab):
        before = await said(lab, "ls", "/sys/class/net")
        ours, theirs = socket.socketpair()
        with ours, theirs:
            port = await lab.plug_net(theirs.fileno(), kind="socket", mtu=9000)
            shown = await said(lab, "ip", "link", "show", "dev", port.interface)
            words = ("sh", "-c", f"cat /sys/class/net/{port.bridge}/brif/*/state")
            state = await said(lab, *words)
            await lab.unplug(port)
            await lab.unplug(port)
        return port, shown, state, before, await said(lab, "ls", "/sys/class/net")

    port, shown, state, before, after = with_lab(body)
    assert f"master {port.bridge}" in shown
    assert "mtu 9000" in shown
    assert state.strip() == "3"  # BR_STATE_FORWARDING
    assert before == after


def frame(sender):
    return b"\xff" * 6 + bytes.fromhex(sender) + b"\x88\xb5" + b"hello".ljust(46, b"\0")


def test_frames_pass_between_networks_that_share_a_bridge():
    async def body(lab):
        pairs = [socket.socketpair() for _ in range(2)]
        ports = [await lab.plug_net(theirs.fileno(), kind="socket") for _, theirs in pairs]
        one, other = ports
        await said(lab, "brctl", "delif", other.bridge, other.interface)
        await said(lab, "brctl", "addif", one.bridge, other.interface)  # as a guest's joins
        sent = frame("020000000001")
        loop = asyncio.get_running_loop()
        for ours, _ in pairs:
            ours.setblocking(False)
        await loop.sock_sendall(pairs[0][0], len(sent).to_bytes(4, "big") + sent)
        async with asyncio.timeout(20):
            got = await loop.sock_recv(pairs[1][0], 4096)
        for port in ports:
            await lab.unplug(port)
        for ours, theirs in pairs:
            ours.close()
            theirs.close()
        return sent, got[4:]

    sent, got = with_lab(body)
    assert got == sent


def test_as_many_network_devices_as_there_is_room_for():
    async def body(lab):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ports = [await lab.plug_net(theirs.fileno(), kind="socket") for _ in SLOTS]
            with pytest.raises(LabUnavailable, match="takes no more"):
                await lab.plug_net(theirs.fileno(), kind="socket")
            for port in ports:
                await lab.unplug(port)
        return len({port.interface for port in ports}), await said(lab, "ls", "/sys/class/net")

    assert with_lab(body) == (27, "lo\n")


def test_a_descriptor_that_is_no_network_is_refused_and_leaves_nothing():
    async def body(lab):
        reader, writer = os.pipe()
        try:
            await lab.plug_net(reader, kind="socket")
        finally:
            os.close(reader)
            os.close(writer)

    for _ in range(2):
        with pytest.raises(QmpError, match="netdev_add"):
            with_lab(body)


@pytest.fixture
def plugged(tmp_path):
    """A function that runs `body(lab, path)` with a disk plugged in, and returns its file."""

    def run(body, **how):
        file = tmp_path / "disk"
        file.write_bytes(b"begin" + bytes(4 * MIB - 5))
        block = Block(str(file), **how)

        async def with_disk(lab):
            disk = disks.open_disks({"disk": block})["disk"]
            try:
                port = await lab.plug_disk(disk)
                answer = await body(lab, port.path)
                await lab.unplug(port)
                await lab.unplug(port)
            finally:
                disk.give_up()
            assert "sd" not in await said(lab, "ls", "/sys/block")
            return answer

        return with_lab(with_disk), file.read_bytes()

    return run


def test_what_is_written_to_a_disk_is_the_host_s(plugged):
    async def body(lab, path):
        head = await said(lab, "head", "-c", "5", path)
        words = f"echo -n words | dd of={path} bs=512 seek=2 conv=fsync"
        await said(lab, "sh", "-c", words)
        return head, await said(lab, "blockdev", "--getsize64", path)

    answer, content = plugged(body)
    assert answer == ("begin", f"{4 * MIB}\n")
    assert content[1024:1029] == b"words"


def test_a_disk_that_is_only_read(plugged):
    async def body(lab, path):
        wrote = await lab.dom0.run(("dd", "if=/dev/zero", f"of={path}", "count=1", "conv=fsync"))
        return wrote.status, await said(lab, "blockdev", "--getro", path)

    answer, content = plugged(body, read_only=True)
    assert (answer[0] != 0, answer[1]) == (True, "1\n")
    assert content.startswith(b"begin")


def test_a_snapshot_leaves_the_file_alone(plugged):
    async def body(lab, path):
        await said(lab, "dd", "if=/dev/zero", f"of={path}", "count=1", "conv=fsync")
        return await said(lab, "sh", "-c", f"head -c 1 {path} | od -An -tx1")

    answer, content = plugged(body, snapshot=True)
    assert answer.strip() == "00"
    assert content.startswith(b"begin")


# ---- several, held, ended


def test_two_labs_know_nothing_of_each_other():
    async def body(lab):
        other = await Lab.restored()
        try:
            await asyncio.gather(
                lab.dom0.put("/run/name", b"one"), other.dom0.put("/run/name", b"other")
            )
            return await asyncio.gather(lab.dom0.get("/run/name"), other.dom0.get("/run/name"))
        finally:
            await other.close()

    assert with_lab(body) == [b"one", b"other"]


def test_a_lab_is_held_when_nothing_is_done_in_it(monkeypatch):
    monkeypatch.setattr(lab_module, "HOLD_AFTER_S", 0.2)

    async def status(lab):
        return (await lab.qmp.execute("query-status"))["status"]

    async def body(lab):
        await said(lab, "true")
        held = lab.qmp.next_event("STOP")
        async with asyncio.timeout(20):
            await held
        await asyncio.sleep(HELD_S)
        clock = float(await said(lab, "date", "+%s"))
        async with lab.in_use():
            await asyncio.sleep(0.5)
            return await status(lab), abs(clock - time.time())

    running, wrong_s = with_own_lab(body)
    assert running == "running"
    assert wrong_s < HELD_S / 2


def test_a_lab_whose_qemu_is_killed_is_told_to_everybody():
    async def body(lab):
        running = await lab.dom0.start(("sleep", "1000"), lambda _: None)
        asyncio.get_running_loop().call_later(0.1, os.kill, lab.pid, signal.SIGKILL)
        with pytest.raises(HypervisorLost):
            await running.ended
        with pytest.raises(HypervisorLost):
            await lab.dom0.run(("true",))
        status = await lab.ended
        await lab.unplug(NetPort(SLOTS[0], "", ""))
        with pytest.raises(HypervisorLost):
            await lab.plug_net(0, kind="socket")
        return status

    assert with_own_lab(body) == -signal.SIGKILL


def test_a_lab_whose_dom0_crashes_ends():
    async def body(lab):
        running = await lab.dom0.start(("sh", "-c", "echo c >/proc/sysrq-trigger"), lambda _: None)
        with pytest.raises(HypervisorLost):
            await running.ended
        async with asyncio.timeout(60):
            return await lab.ended

    assert with_own_lab(body) in {0, -signal.SIGKILL}


def test_the_shared_lab_is_made_anew_once_it_has_ended():
    async def body(lab):
        again = await Lab.shared()
        assert again is lab
        await lab.close()
        another = await Lab.shared()
        return lab.pid != another.pid, await said(another, "echo", "here")

    assert with_lab(body) == (True, "here\n")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_lab_goes_with_its_process(how):
    argv = (sys.executable, "-c", OWNER)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        qemu = os.pidfd_open(int(owner.stdout.readline()))
        if how:
            owner.send_signal(how)
        else:
            owner.communicate(b"\n")
        with os.fdopen(qemu):
            assert select.select([qemu], [], [], 20)[0]


def private_kib(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Private_Dirty: +(\d+)", text, re.MULTILINE)))


def test_a_restored_lab_takes_little_of_the_host_s_memory():
    async def body(lab):
        await said(lab, "xl", "list")
        return private_kib(lab.pid)

    assert with_own_lab(body) >> 10 < 160
