"""Host ends of a guest's network devices, in the place of the networks that users choose.

A `Wire` carries one Ethernet frame a datagram over a pair of sockets, none is lost; a `Tap` is an
interface of this host with checksum and segmentation offload. Both are context managers.
"""

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest

import unikernel
from support.guests.guest_programs import build
from support.platforms import choices
from unikernel import networks
from unikernel.machines.core.machine import Machine
from unikernel.model import network
from unikernel.model.network import Lan, Network
from unikernel.networks.backend import Backend

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SOL_PACKET, PACKET_VNET_HDR = 263, 15
ETH_P_ALL = 3
RECEIVE_BUFFER_BYTES = 4 << 20
ANSWER_TIME_S = 30

OFFLOAD = struct.Struct("<BBHHHH")


class Offload(NamedTuple):
    """struct virtio_net_hdr: what is left to do with a frame."""

    flags: int = 0
    segmentation: int = 0
    header_length: int = 0
    segment_size: int = 0
    checksum_start: int = 0
    checksum_offset: int = 0

    def pack(self) -> bytes:
        return OFFLOAD.pack(*self)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        return cls(*OFFLOAD.unpack(data[: OFFLOAD.size]))


NOTHING_LEFT = Offload()


def ip(*argv: str) -> None:
    subprocess.run(["ip", *argv], check=True)


class Wire:
    """A cable whose other end is this process: `send` and `receive` whole frames."""

    def __enter__(self) -> Self:
        self._near, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._far.setblocking(False)
        return self

    def __exit__(self, *_: object) -> None:
        self._near.close()
        self._far.close()

    def network(self, device: str, mac: str) -> Network:
        """A segment that does not come to be: its backend is ours."""
        return network.lan(device, mac=mac)

    def open_backend(self, chosen: Lan) -> Backend:
        number = self._far.detach()
        return networks.Backend(chosen, "socket", number)

    def await_carrier(self) -> None:
        """It carries from the beginning."""

    def send(self, frame: bytes) -> None:
        self._near.settimeout(ANSWER_TIME_S)
        self._near.send(frame)

    def receive(self, timeout_s: float = ANSWER_TIME_S) -> bytes:
        self._near.settimeout(timeout_s)
        return self._near.recv(1 << 17)


class Tap:
    """An interface of this host, made afresh and taken away again. Needs privileges."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        ip("tuntap", "add", self.name, "mode", "tap")
        try:
            quiet = Path(f"/proc/sys/net/ipv6/conf/{self.name}/disable_ipv6")
            if quiet.exists():
                quiet.write_text("1")
            ip("link", "set", self.name, "up")
            self._socket = self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket:
            self._socket.close()
        ip("link", "delete", self.name)

    def _open(self) -> socket.socket:
        """A socket for whole frames behind struct virtio_net_hdr."""
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)  # hears nothing until bound
        packets.bind((self.name, ETH_P_ALL))
        packets.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        packets.settimeout(ANSWER_TIME_S)
        return packets

    def send(self, frame: bytes, offload: Offload = NOTHING_LEFT) -> None:
        assert self._socket
        self._socket.send(offload.pack() + frame)

    def receive(self) -> tuple[bytes, Offload]:
        """Return a frame and its Offload."""
        assert self._socket
        data = self._socket.recv(1 << 17)
        return data[OFFLOAD.size :], Offload.unpack(data)

    def network(self, _device: str, mac: str) -> Network:
        return network.tap(self.name, mac=mac)

    def await_carrier(self) -> None:
        """Wait until the kernel has seen that somebody is at the other end: up to a second."""
        state = Path(f"/sys/class/net/{self.name}/operstate")
        until_s = time.monotonic() + ANSWER_TIME_S
        while state.read_text() != "up\n":
            assert time.monotonic() < until_s, "nobody is at the other end"
            time.sleep(0.005)

    def counter(self, name: str) -> int:
        return int(Path(f"/sys/class/net/{self.name}/statistics/{name}").read_text())


def interfaces() -> set[str]:
    """Return the names of this namespace's network interfaces."""
    return {path.name for path in Path("/sys/class/net").iterdir()}


def may_make_taps() -> bool:
    """Whether this process can open the tap device and change interfaces."""
    try:
        with Path("/dev/net/tun").open("r+b", buffering=0) as tun:
            request = struct.pack("16sH22x", b"ukprobe%d", IFF_TAP | IFF_NO_PI)
            fcntl.ioctl(tun, TUNSETIFF, request)
    except OSError:
        return False
    return os.geteuid() == 0


@contextlib.contextmanager
def booted(
    name: str, nets: Mapping[str, Wire | Tap], *, platform: str = "microvm", **spec: Any
) -> Iterator[Machine]:
    """A machine of a bootable program with the devices `nets`, wires or taps by their names."""
    chosen = {
        device: net.network(device, f"52:54:00:00:00:{number:02x}")
        for number, (device, net) in enumerate(nets.items(), 1)
    }
    wires = {device: net for device, net in nets.items() if isinstance(net, Wire)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            networks.lan, "open_backend", lambda lan: wires[lan.segment].open_backend(lan)
        )
        vm = unikernel.boot(
            build(name, platform, nets=tuple(nets)),
            name=f"{name} {platform}",
            nets=chosen,
            replace=True,
            paused=True,
            **choices(platform),
            **spec,
        )
    with vm:
        for net in nets.values():
            net.await_carrier()
        vm.resume()  # now: a guest may be done before its carrier is seen
        yield vm
