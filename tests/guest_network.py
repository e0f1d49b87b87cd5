"""Host ends of a guest's network devices, wired by plain QEMU words.

A `Wire` carries one Ethernet frame a datagram over a pair of UNIX sockets; a `Tap` is an interface
of this host with checksum and segmentation offload. Both are context managers.
"""

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

import unikernel
from unikernel import qemu_command

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
RECEIVE_BUFFER_BYTES = 4 << 20
ANSWER_TIME_S = 30
FIRST_PCI_DEVICE = 0x10


class Wire:
    """A cable whose other end is this process: `send` and `receive` whole frames."""

    offload = False

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

    offload = True

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        subprocess.run(["ip", "tuntap", "add", self.name, "mode", "tap"], check=True)
        disable_ipv6 = Path(f"/proc/sys/net/ipv6/conf/{self.name}/disable_ipv6")
        if disable_ipv6.exists():
            disable_ipv6.write_text("1")
        subprocess.run(["ip", "link", "set", self.name, "up"], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "delete", self.name], check=True)

    def netdev(self):
        return f"tap,ifname={self.name},script=no,downscript=no,vnet_hdr=on"

    def counter(self, name):
        return int(Path(f"/sys/class/net/{self.name}/statistics/{name}").read_text())


def may_make_taps():
    """Whether this process can open the tap device and change interfaces."""
    try:
        with open("/dev/net/tun", "r+b", buffering=0) as tun:
            request = struct.pack("16sH22x", b"ukprobe%d", IFF_TAP | IFF_NO_PI)
            fcntl.ioctl(tun, TUNSETIFF, request)
    except OSError:
        return False
    return os.geteuid() == 0


def device_words(machine, nets, legacy=False):
    """QEMU's words for the devices `nets`, a mapping of names to wires or taps."""
    words = [] if legacy else ["-global", "virtio-mmio.force-legacy=false"]
    for i, net in enumerate(nets.values()):
        place = f"bus=virtio-mmio-bus.{i}" if machine == "microvm" else f"addr={FIRST_PCI_DEVICE + i}"
        kind = "device" if machine == "microvm" else "pci"
        mac = f"52:54:00:00:00:{i + 1:02x}"
        words += ["-netdev", f"{net.netdev()},id=net{i}"]
        words += ["-device", f"virtio-net-{kind},netdev=net{i},mac={mac},{place}"]
    return words


@contextlib.contextmanager
def booted(image, nets, *, machine="microvm", legacy=False, **choices):
    """A running machine with these devices."""
    original = qemu_command.command

    def command(*arguments, **named):
        return [*original(*arguments, **named), *device_words(machine, nets, legacy)]

    qemu_command.command = command
    try:
        vm = unikernel.boot(
            image,
            name=f"{image.name} {machine}",
            machine=machine,
            accelerator="tcg",
            environment={"UK_NET": ",".join(nets)},
            replace=True,
            **choices,
        )
    finally:
        qemu_command.command = original
    with vm:
        yield vm
