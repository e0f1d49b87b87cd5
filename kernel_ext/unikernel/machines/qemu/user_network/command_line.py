"""The command line of a QEMU that is nothing but user networks. A pure function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from unikernel.machines.qemu.command_line import monitors
from unikernel.machines.qemu.netdev import dump, user
from unikernel.model.network import User


def command(
    qemu: str,
    networks: Mapping[int, User],
    backends: Mapping[int, str],
    qmp_fd: int,
    control: Path,
    *,
    captures: Mapping[int, str] = MappingProxyType({}),
) -> list[str]:
    """Return the words that start QEMU without a guest and a NAT for each numbered network.

    `captures` are files for the frames of some.
    `backends` are the values of -netdev that lead to the devices, without their id. The networks
    have the ids that they have in a guest's QEMU. It is not held (-S): it would drop every frame.
    """
    words = [qemu, "-M", "none", "-nodefaults", "-no-user-config", "-display", "none"]
    for number, network in networks.items():
        words += ("-netdev", f"{user(network)},id=net{number}")
        words += ("-netdev", f"{backends[number]},id=line{number}")
        for end in (f"net{number}", f"line{number}"):
            words += ("-netdev", f"hubport,hubid={number},netdev={end},id=hub-{end}")
        if number in captures:
            words += ("-object", dump(captures[number], number))
    return [*words, *monitors(qmp_fd, control)]
