"""Devices: which network or disk each of an image's devices is wired to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from unikernel.errors import UsageError, did_you_mean
from unikernel_toolchain.messages.visible import visible

from .block import Block
from .network import Network, User
from .port_forward import Forward, refuse_twice

_T = TypeVar("_T")
FIRST = ""  # stands for an image's first device where none is named


def assign(
    declared: Sequence[str],
    nets: Mapping[str, Network],
    ports: Sequence[Forward],
    machine_name: str,
) -> dict[str, Network]:
    """Return the network of every declared device, in the order of declaration.

    `declared` are the names of the image's devices, `nets` the networks chosen for some of them;
    the others get a user network. `ports` are forwarded to the first device. Every device has a
    MAC address afterwards. Raises UsageError.
    """
    chosen = by_name(declared, nets)
    for name in (*chosen, *([_first(declared)] if ports else ())):
        if name not in declared:
            _refuse(name, declared)
    wired = {name: chosen.get(name, User()) for name in declared}
    if ports:
        first = _first(declared)
        wired[first] = _with_ports(first, wired[first], ports)
    refuse_twice([forward for network in wired.values() for forward in network.forwards])
    return {
        name: replace(network, mac=network.mac or mac_address(machine_name, name))
        for name, network in wired.items()
    }


def files(
    declared: Sequence[str], captures: Mapping[str, str], machine_name: str
) -> dict[str, str]:
    """Return the capture file of each device: the one named, else `<machine name>-<device>.pcap`.

    Paths are absolute. Raises UsageError.
    """
    for name in captures:
        if name not in declared:
            _refuse(name, declared)
    return {
        name: str(Path(file or f"{machine_name}-{name}.pcap").absolute())
        for name, file in captures.items()
    }


def assign_disks(
    declared: Sequence[str], blocks: Mapping[str, Block], built: Mapping[str, Path]
) -> dict[str, Block]:
    """Return the disk of every declared block device, in the order of declaration.

    `blocks` are those chosen for some of them; others have what was `built` with the image, a copy
    for the machine alone. Raises UsageError for a device with neither.
    """
    chosen = by_name(declared, blocks)
    for name in chosen:
        if name not in declared:
            _refuse(name, declared, "block")
    found = {name: Block(str(file), snapshot=True) for name, file in built.items()} | chosen
    for name in declared:
        if name not in found:
            raise UsageError(
                f"The image has a block device {name!r}, and no disk is named for it.",
                hint=f"Name one: --block {name}=64M is fresh and thrown away, "
                f"--block {name}=disk.img,size=64M is made once and kept, "
                f"--block {name}=none waits for one that is attached.",
            )
    return {name: found[name] for name in declared}


def by_name(declared: Sequence[str], given: Mapping[str, _T]) -> dict[str, _T]:
    """Return `given` with what is the first device's under that one's name.

    Raises UsageError when that one is named as well.
    """
    first = _first(declared)
    if FIRST in given and first != FIRST and first in given:
        raise UsageError(
            f"{visible(first)!r} is given twice: without a name, which means the first device, and "
            "by its name.",
            hint="Leave one out, or name another device.",
        )
    return {name or first: value for name, value in given.items()}


def mac_address(machine_name: str, device: str) -> str:
    """Return the locally administered address that a machine's device has by default."""
    mark = hashlib.sha256(f"{machine_name}/{device}".encode()).digest()[:5]
    return ":".join(f"{byte:02x}" for byte in (0x02, *mark))


def _first(declared: Sequence[str]) -> str:
    return declared[0] if declared else FIRST


def _refuse(name: str, declared: Sequence[str], kind: str = "network") -> None:
    if not declared:
        ways = {
            "network": "Build it with one: %%unikernel build NAME --net service",
            "block": "Build it with one: %%unikernel build NAME --block storage",
        }
        raise UsageError(f"The image has no {kind} device.", hint=ways[kind])
    raise UsageError(f"The image has no {kind} device {name!r}.", hint=did_you_mean(name, declared))


def _with_ports(name: str, network: Network, ports: Sequence[Forward]) -> Network:
    if not isinstance(network, User):
        raise UsageError(
            f"Ports are forwarded to user networks only; {name!r} is on {network}.",
            hint="On tap and lan the guest is reached at its own address.",
        )
    return replace(network, ports=(*network.ports, *ports))
