"""Networks of a process that is not there: a socket in its place, QEMU's NAT at the other end."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from support.networks.frame_stream import FrameStream
from unikernel.host import event_loop
from unikernel.machines.process.networks import ProcessNetworks
from unikernel.model.network import Network
from unikernel.model.spec import Spec

PATIENCE_S = 20
MAC = bytes.fromhex("020000000001")
GUEST, GATEWAY = bytes([10, 0, 2, 15]), bytes([10, 0, 2, 2])
ARP, IPV4 = b"\x08\x06", b"\x08\x00"
REQUEST, REPLY = 1, 2
SYN = 2


def arp(operation: int, target: bytes = bytes(6), address: bytes = GATEWAY) -> bytes:
    body = bytes.fromhex("00010800060400") + bytes([operation]) + MAC + GUEST + target + address
    return b"\xff" * 6 + MAC + ARP + body.ljust(46, b"\0")


class Guest:
    """A process's device: it answers ARP requests and sees what comes."""

    def __init__(self, descriptor: int) -> None:
        self.end = socket.socket(fileno=os.dup(descriptor))
        if self.end.type is socket.SOCK_STREAM:
            self.end = FrameStream(fileno=self.end.detach())
        self.end.settimeout(PATIENCE_S)

    def receive(self, wanted: Callable[[bytes], object]) -> bytes:
        """Return the first frame that `wanted` accepts."""
        while True:
            frame = self.end.recv(1 << 16)
            if frame[12:14] == ARP and frame[21] == REQUEST and frame[38:42] == GUEST:
                self.end.send(arp(REPLY, frame[6:12]))
            if wanted(frame):
                return frame


def is_arp_reply(frame: bytes) -> bool:
    return frame[12:14] == ARP and frame[21] == REPLY


def opens_tcp(port: int) -> Callable[[bytes], bool]:
    def wanted(frame: bytes) -> bool:
        begins = frame[12:14] == IPV4 and frame[23] == 6 and bool(frame[47] & SYN)
        return begins and int.from_bytes(frame[36:38], "big") == port

    return wanted


class Running:
    """The networks of a process that is not there, and its devices."""

    def __init__(self, folder: Path, nets: Mapping[str, Network], **choices: Any) -> None:
        self.spec = Spec(nets=nets, **choices)
        self.lost: list[str] = []
        self.ended: list[str] = []
        self.networks = event_loop.call(self._start(folder))

    async def _start(self, folder: Path) -> ProcessNetworks:
        networks = ProcessNetworks(
            self.spec, folder / "control.sock", self.lost.append, capture_ended=self.ended.append
        )
        self.words, self.descriptors = networks.variables, len(networks.descriptors)
        self.guests = [Guest(number) for number in networks.descriptors[: len(self.spec.nets)]]
        networks.start()
        try:
            await networks.ready()
        except BaseException:
            await networks.end()
            self.close()
            raise
        return networks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        event_loop.call(self.networks.end())
        self.close()

    def close(self) -> None:
        for guest in self.guests:
            guest.end.close()

    @property
    def pid(self) -> int:
        nat = self.networks._nat
        assert nat
        assert nat._process
        return int(nat._process.pid)
