"""What connects a network namespace with the host, in place of what connects a process with it."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from ipaddress import IPv4Interface
from pathlib import Path

from unikernel.host import event_loop
from unikernel.machines.process.user_network import Nat
from unikernel.model.network import Network, Tap, User
from unikernel.networks import Backend, ports, tap

from . import debian
from .namespace import run

INSIDE = "service"  # the interface in the namespace
_numbers = itertools.count()


@contextlib.contextmanager
def connected(holder: int, network: Network, folder: Path) -> Iterator[Network]:
    """Connect the namespace that process `holder` holds by a network like `network`.

    Gives the network with every choice made. `folder` is for files of a moment. Raises
    BaselineUnavailable, and what booting on such a network raises.
    """
    if isinstance(network, User):
        connection = _nat(holder, network, folder / "control.sock")
    else:
        connection = _pair(
            holder, tap.with_free_subnet(Tap(mtu=network.mtu, offload=network.offload))
        )
    with connection as wired:
        guest = IPv4Interface(wired.guest_address or "")
        run("ip", "address", "add", str(guest), "dev", INSIDE, inside=holder)
        run("ip", "link", "set", INSIDE, "up", inside=holder)
        run("ip", "route", "add", "default", "via", wired.gateway or "", inside=holder)
        yield wired


@contextlib.contextmanager
def _pair(holder: int, network: Tap) -> Iterator[Tap]:
    """Connect it by a pair of interfaces: a cable between two hosts."""
    outside = f"uk{os.getpid()}-{next(_numbers)}"
    ends = (outside, INSIDE)
    run("ip", "link", "add", outside, "type", "veth", "peer", "name", INSIDE)
    try:
        for end in ends:
            if network.mtu:
                run("ip", "link", "set", end, "mtu", str(network.mtu))
            if not network.offload:
                ethtool = str(debian.program("ethtool"))
                run(ethtool, "-K", end, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        run("ip", "link", "set", INSIDE, "netns", str(holder))
        run("ip", "address", "add", network.host_address, "dev", outside)
        run("ip", "link", "set", outside, "up")
        yield network
    finally:
        run("ip", "link", "delete", outside)


@contextlib.contextmanager
def _nat(holder: int, network: User, control: Path) -> Iterator[Network]:
    """Put a tap into it that leads to QEMU's user network."""
    chosen = ports.chosen({INSIDE: network})[INSIDE]
    descriptor, name = tap.open_without_address()
    nat = event_loop.call(_prepared(Backend(chosen, "tap", descriptor), control))
    try:
        run("ip", "link", "set", name, "netns", str(holder), "name", INSIDE)
        event_loop.call(_started(nat))
        yield chosen
    finally:
        event_loop.call(nat.end())


async def _prepared(backend: Backend, control: Path) -> Nat:
    return Nat({0: backend}, control, lambda _why: None)


async def _started(nat: Nat) -> None:
    nat.start()
    await nat.ready()
