"""The command line of a QEMU that is nothing but user networks. A pure function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .network import User
from .qemu_command import monitors
from .qemu_network import user


def command(
    qemu: str, networks: Mapping[int, User], lines: Mapping[int, int], qmp_fd: int, control: Path
) -> list[str]:
    """Return the words that start QEMU without a guest and a NAT for each numbered network.

    `lines` are the descriptors of the datagram sockets that lead to the devices. The networks have
    the ids that they have in a guest's QEMU. It is not held (-S): then it would drop every frame.
    """
    words = [qemu, "-M", "none", "-nodefaults", "-no-user-config", "-display", "none"]
    for number, network in networks.items():
        words += ("-netdev", f"{user(network)},id=net{number}")
        words += ("-netdev", f"socket,fd={lines[number]},id=line{number}")
        for end in (f"net{number}", f"line{number}"):
            words += ("-netdev", f"hubport,hubid={number},netdev={end},id=hub-{end}")
    return [*words, *monitors(qmp_fd, control)]
