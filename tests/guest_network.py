"""Host ends of a guest's network devices, wired by plain QEMU words.

A `Wire` carries one Ethernet frame a datagram over a pair of UNIX sockets, none is lost; a `Tap` is
an interface of this host with checksum and segmentation offload. Both are context managers.
"""

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

import unikernel
from unikernel import qemu_network

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SOL_PACKET, PACKET_VNET_HDR = 263, 15
ETH_P_ALL = 3
RECEIVE_BUFFER_BYTES = 4 << 20
ANSWER_TIME_S = 30
FIRST_PCI_DEVICE = 0x10


OFFLOAD = struct.Struct("<BBHHHH")


class Offload(NamedTuple):
    """struct virtio_net_hdr: what is left to do with a frame."""

    flags: int = 0
    segmentation: int = 0
    header_length: int = 0
    segment_size: int = 0
    checksum_start: int = 0
    checksum_offset: int = 0

    def pack(self):
        return OFFLOAD.pack(*self)

    @classmethod
    def unpack(cls, data):
        return cls(*OFFLOAD.unpack(data[: OFFLOAD.size]))


NOTHING_LEFT = Offload()


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Wire:
    """A cable whose other end is this process: `send` and `receive` whole frames."""

    def __init__(self, folder, name):
        self._near, self._far = Path(folder) / f"{name}.near", Path(folder) / f"{name}.far"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(ANSWER_TIME_S)

    def __enter__(self):
        self._socket.bind(str(self._near))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        return self

    def __exit__(self, *_):
        self._socket.close()

    def netdev(self):
        return (
            f"dgram,local.type=unix,local.path={self._far}"
            f",remote.type=unix,remote.path={self._near}"
        )

    def send(self, frame):
        self._socket.sendto(frame, str(self._far))

    def receive(self, timeout_s=ANSWER_TIME_S):
        self._socket.settimeout(timeout_s)
        return self._socket.recv(1 << 17)


class Tap:
    """An interface of this host, made afresh and taken away again. Needs privileges."""

    def __init__(self, name):
        self.name = name
        self._socket = None

    def __enter__(self):
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

    def __exit__(self, *_):
        if self._socket:
            self._socket.close()
        ip("link", "delete", self.name)

    def _open(self):
        """A socket for whole frames behind struct virtio_net_hdr."""
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)  # hears nothing until bound
        packets.bind((self.name, ETH_P_ALL))
        packets.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        packets.settimeout(ANSWER_TIME_S)
        return packets

    def send(self, frame, offload=NOTHING_LEFT):
        self._socket.send(offload.pack() + frame)

    def receive(self):
        """Return a frame and its Offload."""
        data = self._socket.recv(1 << 17)
        return data[OFFLOAD.size :], Offload.unpack(data)

    def netdev(self):
        return f"tap,ifname={self.name},script=no,downscript=no,vnet_hdr=on"

    def counter(self, name):
        return int(Path(f"/sys/class/net/{self.name}/statistics/{name}").read_text())


def may_make_taps():
    """Whether this process can open the tap device and change interfaces."""
    try:
        with Path("/dev/net/tun").open("r+b", buffering=0) as tun:
            request = struct.pack("16sH22x", b"ukprobe%d", IFF_TAP | IFF_NO_PI)
            fcntl.ioctl(tun, TUNSETIFF, request)
    except OSError:
        return False
    return os.geteuid() == 0


def device_words(machine, nets, legacy=False):
    """QEMU's words for the devices `nets`, a mapping of names to wires or taps."""
    words = [] if legacy else ["-global", "virtio-mmio.force-legacy=false"]
    for i, net in enumerate(nets.values()):
        place = (
            f"bus=virtio-mmio-bus.{i}" if machine == "microvm" else f"addr={FIRST_PCI_DEVICE + i}"
        )
        kind = "device" if machine == "microvm" else "pci"
        mac = f"52:54:00:00:00:{i + 1:02x}"
        words += ["-netdev", f"{net.netdev()},id=net{i}"]
        words += ["-device", f"virtio-net-{kind},netdev=net{i},mac={mac},{place}"]
    return tuple(words)


@contextlib.contextmanager
def booted(image, nets, *, machine="microvm", legacy=False, **choices):
    """A running machine with these devices."""
    with pytest.MonkeyPatch.context() as patch:
        words = device_words(machine, nets, legacy)
        patch.setattr(qemu_network, "devices", lambda _spec, _back_ends: words)
        vm = unikernel.boot(
            image,
            name=f"{image.name} {machine}",
            machine=machine,
            accelerator="tcg",
            environment={"UK_NET": ",".join(nets)},
            replace=True,
            **choices,
        )
    with vm:
        yield vm
