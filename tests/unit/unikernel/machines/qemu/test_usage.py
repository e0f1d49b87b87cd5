"""What QEMU's counters say of a guest, and a QEMU that has none or does not answer."""

import asyncio
import os

from unikernel.errors import HypervisorSilent, QmpError
from unikernel.machines.qemu.observing.usage import FRAMES_ONLY, NO_FRAMES, SILENT, Counters
from unikernel.machines.usage import NO_DISK, NO_NETWORK
from unikernel.model.network import User
from unikernel.model.spec import Spec
from unikernel.networks.backend import Backend
from unikernel.networks.traffic import Traffic

SPEC = Spec(nets={"a": "user", "b": "user"}, blocks={"storage": "1M"})
USER = [Backend(User(), "user")] * 2
USED = {("/net/1", 0): 65_000, ("/net/2", 0): 1000, ("/net/1", 1): 5, ("/net/2", 1): 0}


class Qemu:
    def __init__(self, *, counts_frames=True, silent=False):
        self.asked = []
        self.counts_frames = counts_frames
        self.silent = silent

    async def ask(self, command, arguments):
        self.asked.append(command)
        if self.silent:
            raise HypervisorSilent("QEMU has not answered.")
        match command:
            case "query-blockstats":
                return [{"device": "a", "stats": {"rd_bytes": 512, "wr_bytes": 4096}}] * 2
            case "x-query-virtio" if self.counts_frames:
                names = ("virtio-rng", "/rng"), ("virtio-net", "/net/1"), ("virtio-net", "/net/2")
                return [{"name": name, "path": path} for name, path in names]
            case "x-query-virtio-queue-status" if self.counts_frames:
                return {"used-idx": USED[arguments["path"], arguments["queue"]]}
            case _:
                raise QmpError("QEMU refused it.")


def usage(counters, spec=SPEC, backends=USER):
    return asyncio.run(counters.usage(os.getpid(), spec, backends))


def test_frames_and_disks_are_counted():
    found = usage(Counters(Qemu().ask))
    assert (found.received_frames, found.sent_frames) == (66_000 % 65_536, 5)
    assert (found.read_bytes, found.written_bytes) == (1024, 8192)
    assert found.received_bytes is None
    assert found.unknown == {"network": FRAMES_ONLY}
    assert found.cpu_s > 0
    assert found.memory_bytes > 0


def test_what_is_counted_outside_is_not_asked_for():
    qemu = Qemu()
    counted = [Backend(User(), "socket", traffic=lambda: Traffic(1, 2))]
    found = usage(Counters(qemu.ask), Spec(nets={"a": "user"}), counted)
    assert (found.received_bytes, found.sent_bytes) == (1, 2)
    assert found.unknown == {"disk": NO_DISK}
    assert qemu.asked == []


def test_without_devices_there_is_nothing_to_ask():
    qemu = Qemu()
    assert usage(Counters(qemu.ask), Spec(), []).unknown == {
        "network": NO_NETWORK,
        "disk": NO_DISK,
    }
    assert qemu.asked == []


def test_an_older_qemu_is_asked_once():
    qemu = Qemu(counts_frames=False)
    counters = Counters(qemu.ask)
    for _ in range(3):
        found = usage(counters)
        assert found.received_frames is None
        assert found.unknown == {"network": NO_FRAMES}
        assert found.read_bytes == 1024
    assert qemu.asked.count("x-query-virtio") == 1


def test_a_silent_qemu_leaves_what_linux_counts():
    found = usage(Counters(Qemu(silent=True).ask))
    assert found.unknown == {"network": SILENT, "disk": SILENT}
    assert found.cpu_s > 0
