"""Tap interfaces: made for a machine and gone with it, or ones that the host already has.

An interface of ours is not persistent: the machine inherits its descriptor, and when the last one
closes, however that comes about, the kernel takes the interface away
(Documentation/networking/tuntap.rst). So nothing has to be cleaned up after a crash. One that the
host has, made by root for this user, is opened by its name and left as it is.

With IFF_VNET_HDR each frame stands behind a virtio-net header, through which checksums and
segmentation can be left to the other side. A captured device gets none of that: its frames are to
be as a wire would carry them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path

from unikernel.errors import NetworkUnavailable
from unikernel.model.network import Tap

from . import traffic
from .backend import Backend

DEVICE = Path("/dev/net/tun")
ANY_NAME = "uk%d"  # the kernel puts the first free number in
SUBNETS = (0, 1, *range(3, 256))  # 10.0.<number>.0/24 are tried; 10.0.2.0/24 is QEMU's own
# linux/if_tun.h, linux/if.h and linux/sockios.h
TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFMTU = 0x8914, 0x8916, 0x891C, 0x8922
IFF_UP = 1
_ALONE_TIME_S, _LOOK_AGAIN_S = 1.0, 0.002


def open_backend(network: Tap, *, captured: bool = False) -> Backend:
    """Open the interface, making it if the host has none of its name. Raises NetworkUnavailable."""
    offload = network.offload and not captured
    descriptor = _open_device()
    try:
        if network.interface is not None and _exists(network.interface):
            name = _attach(descriptor, network.interface, offload=offload)
        else:
            with _alone(descriptor):
                network = with_free_subnet(network)
                name = _attach(descriptor, network.interface or ANY_NAME, offload=offload)
                _set_up(name, network)
    except BaseException:
        os.close(descriptor)
        raise
    return Backend(
        replace(network, interface=name),
        "tap",
        descriptor,
        frames="tap" if offload else "raw",
        traffic=partial(traffic.of_interface, name),
    )


@contextlib.contextmanager
def _alone(device: int) -> Iterator[None]:
    """Let no other process choose a subnet meanwhile: a free one is free until it has an address.

    The lock is the device's own, which all processes of the host open. Who holds it for longer than
    that takes was stopped within, and is not waited for. It is given back before a machine inherits
    the descriptor, and with it what it holds.
    """
    ends_at = time.monotonic() + _ALONE_TIME_S
    while time.monotonic() < ends_at:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(device, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        time.sleep(_LOOK_AGAIN_S)
    try:
        yield
    finally:
        fcntl.flock(device, fcntl.LOCK_UN)


def open_without_address() -> tuple[int, str]:
    """Make an interface without address; return the descriptor that has its frames, and its name.

    Raises NetworkUnavailable.
    """
    descriptor = _open_device()
    try:
        return descriptor, _attach(descriptor, ANY_NAME, offload=False)
    except BaseException:
        os.close(descriptor)
        raise


def why_not() -> str:
    """Return why this process can make no tap; "" when it can."""
    try:
        descriptor = _open_device()
    except NetworkUnavailable as problem:
        return problem.what
    try:
        _attach(descriptor, ANY_NAME, offload=True)
    except NetworkUnavailable as problem:
        return problem.what
    finally:
        os.close(descriptor)
    return ""


def _exists(name: str) -> bool:
    """Whether the host has a tap of that name. Raises NetworkUnavailable for another interface."""
    folder = Path("/sys/class/net", name)
    if not folder.exists():
        return False
    flags = folder / "tun_flags"
    if not flags.exists() or not int(flags.read_text(), 16) & IFF_TAP:
        raise NetworkUnavailable(
            f"{name!r} is an interface of this host, and no tap.",
            hint="Leave the name out, or take one that is not in use.",
        )
    return True


def _open_device() -> int:
    try:
        return os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise NetworkUnavailable(
            f"Tap interfaces need {DEVICE}, which cannot be opened: {problem.strerror}.",
            hint="`user` works without it: --net user -p 8080:80",
        ) from problem


def _attach(descriptor: int, name: str, *, offload: bool) -> str:
    """Make the interface, or attach to the one that exists; return its name."""
    flags = IFF_TAP | IFF_NO_PI | (IFF_VNET_HDR if offload else 0)
    request = struct.pack("16sH22x", name.encode(), flags)
    try:
        answer = fcntl.ioctl(descriptor, TUNSETIFF, request)
        if not offload:
            fcntl.ioctl(descriptor, TUNSETOFFLOAD, 0)  # a lasting tap keeps its last user's
    except OSError as problem:
        raise _refusal(name, problem) from problem
    return answer[:16].rstrip(b"\0").decode()


def _refusal(name: str, problem: OSError) -> NetworkUnavailable:
    if problem.errno == errno.EBUSY:
        return NetworkUnavailable(
            f"Tap {name!r} is in use.", hint="One machine at a time has a tap; leave its name out."
        )
    if problem.errno != errno.EPERM:
        return NetworkUnavailable(f"Tap {name!r} cannot be opened: {problem.strerror}.")
    return NetworkUnavailable(
        "Making a tap interface needs the capability CAP_NET_ADMIN, and this process has it not.",
        hint="`user` works without: --net user -p 8080:80. For a tap, have root make you one:\n"
        "  ip tuntap add tap0 mode tap user $USER; ip address add 10.0.0.1/24 dev tap0; "
        "ip link set tap0 up\nand use it: --net tap:tap0",
    )


def _set_up(name: str, network: Tap) -> None:
    """Give an interface of ours its address and MTU, and start it (netdevice(7))."""
    host = IPv4Interface(network.host_address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _configure(control, SIOCSIFADDR, name, _address(host.ip.packed))
        _configure(control, SIOCSIFNETMASK, name, _address(host.netmask.packed))
        if network.mtu:
            _configure(control, SIOCSIFMTU, name, struct.pack("i", network.mtu))
        _configure(control, SIOCSIFFLAGS, name, struct.pack("h", IFF_UP))


def _address(packed: bytes) -> bytes:
    return struct.pack("HH4s", socket.AF_INET, 0, packed)


def _configure(control: socket.socket, request: int, name: str, value: bytes) -> None:
    try:
        fcntl.ioctl(control, request, struct.pack("16s24s", name.encode(), value))
    except OSError as problem:
        raise NetworkUnavailable(
            f"Interface {name!r} could not be configured: {problem.strerror}."
        ) from problem


def with_free_subnet(network: Tap) -> Tap:
    """Return the network with an address in a subnet that is free. Raises NetworkUnavailable."""
    if network.address is None and network.guest is None:
        for number in SUBNETS:
            candidate = f"10.0.{number}.1/24"
            if not _interface_on(IPv4Interface(candidate).network):
                return replace(network, address=candidate)
    subnet = IPv4Interface(network.host_address).network
    if name := _interface_on(subnet):
        raise NetworkUnavailable(
            f"The subnet {subnet} is on interface {name!r} of this host already.",
            hint="Choose another: --net tap,address=10.9.0.1/24 (the guest is 10.9.0.2 then).",
        )
    return network


def _interface_on(subnet: IPv4Network) -> str:
    """Return an interface of the host that is on the subnet; "" when there is none."""
    for fields in map(str.split, Path("/proc/net/route").read_text().splitlines()[1:]):
        name, address, mask = fields[0], _number(fields[1]), _number(fields[7])
        if mask and subnet.overlaps(IPv4Network((address, mask.bit_count()))):
            return name
    return ""


def _number(text: str) -> int:
    """Return an address of /proc/net/route, which is in the host's byte order."""
    return int.from_bytes(int(text, 16).to_bytes(4, "little"))
