"""Flows of a guest may use up the descriptors of its NAT: bounded, and said."""

import asyncio
import contextlib
import os
import resource
import socket
import struct
import subprocess
import sys
import threading

import pytest
from support.networks.frame_stream import FrameStream

from unikernel import machines
from unikernel.host import event_loop, resource_limits
from unikernel.machines import registry
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.process.networks import ProcessNetworks
from unikernel.machines.qemu.user_network import descriptors
from unikernel.model.network import user
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.networks import ports
from unikernel.render import network_facts

PATIENCE_S = 60
LIMIT = 96  # descriptors of the NATs here
HOLDS = """
import os, sys
held = []
for line in sys.stdin:
    if line == "more\\n":
        try:
            while True:
                held.append(os.dup(0))
        except OSError:
            pass
    else:
        while held:
            os.close(held.pop())
    print("done", flush=True)
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(descriptors, "INTERVAL_S", 0.02)
    monkeypatch.setitem(resource_limits.QEMU, resource.RLIMIT_NOFILE, LIMIT)


class Notices:
    """Collects what is reported, on the loop's thread."""

    def __init__(self):
        self.reasons = []
        self._changed = threading.Condition()

    def __call__(self, why):
        with self._changed:
            self.reasons.append(why)
            self._changed.notify_all()

    def waits_for(self, count):
        with self._changed:
            return self._changed.wait_for(lambda: len(self.reasons) >= count, PATIENCE_S)


def test_what_is_used_up_and_free_again_is_told_once_each():
    notices = Notices()
    command = (sys.executable, "-c", HOLDS)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as holder:
        resource.prlimit(holder.pid, resource.RLIMIT_NOFILE, (32, 32))
        watch = event_loop.post(descriptors.watch(holder.pid, notices))
        for count, word in ((1, "more"), (2, "less"), (3, "more")):
            holder.stdin.write(f"{word}\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "done\n"
            assert notices.waits_for(count)
        holder.stdin.close()
        holder.wait(PATIENCE_S)
        with contextlib.suppress(asyncio.CancelledError):
            watch.result(PATIENCE_S)  # it ends with the process
    assert [bool(why) for why in notices.reasons] == [True, False, True]
    assert "all 32 descriptors" in notices.reasons[0]


class Running:
    """The user network of a process that is not there; its device is `end`."""

    def __init__(self, folder, network):
        self.strained, self.lost = Notices(), Notices()
        self._spec = Spec(nets={"service": network})
        self._networks = event_loop.call(self._start(folder))

    async def _start(self, folder):
        networks = ProcessNetworks(
            self._spec, folder / "control.sock", self.lost, strained=self.strained
        )
        end = socket.socket(fileno=os.dup(networks.descriptors[0]))
        self.end = FrameStream(fileno=end.detach())
        networks.start()
        await networks.ready()
        return networks

    def __enter__(self):
        return self

    def __exit__(self, *_):
        event_loop.call(self._networks.end())
        self.end.close()


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def datagram(source_port):
    """A frame with a datagram from the guest to the host's discard port."""
    udp = struct.pack("!HHHH", source_port, 9, 8, 0)
    ends = bytes([10, 0, 2, 15, 10, 0, 2, 2])
    fields = (0x45, 0, 20 + len(udp), 0, 0, 64, 17)
    header = struct.pack("!BBHHHBBH", *fields, 0) + ends
    header = struct.pack("!BBHHHBBH", *fields, checksum(header)) + ends
    frame = bytes.fromhex("52550a000202 020000000001 0800") + header + udp
    return frame.ljust(60, b"\0")


@pytest.mark.boot
def test_datagrams_that_use_up_all_descriptors_are_told(tmp_path):
    with Running(tmp_path, user(internet=True, host=True)) as here:
        for port in range(1024, 1024 + 2 * LIMIT):
            here.end.send(datagram(port))
        assert here.strained.waits_for(1)
        assert f"all {LIMIT} descriptors" in here.strained.reasons[0]
        assert here.lost.reasons == []


@pytest.mark.boot
def test_a_machine_tells_of_it_and_keeps_its_ports(guest, tmp_path, monkeypatch):
    notices, note = Notices(), OwnerSide.strain_user_networks

    def noted(machine, why):
        note(machine, why)
        notices(why)

    monkeypatch.setattr(OwnerSide, "strain_user_networks", noted)
    monkeypatch.setattr(descriptors, "_lacking", lambda _: "all are in use")
    image = guest.image(tmp_path, guest.say("ready\n") + guest.LOOP, nets=("service",))
    port = ports.free(Forward(0, 80))
    with machines.boot(image, wait="running", nets={"service": user([port])}) as machine:
        assert notices.waits_for(1)
        assert "all are in use" in network_facts.ports_text(machine)
        monkeypatch.setattr(descriptors, "_lacking", lambda _: "")
        assert notices.waits_for(2)
        assert "lost" not in network_facts.ports_text(machine)
        assert machine.ports == (port,)
    registry.clear()
