"""Forwarding ports of the host to a guest that runs, through QEMU's human monitor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from unikernel.errors import UsageError
from unikernel.machines.qemu.netdev import host_end, rule
from unikernel.model.network import Network, User
from unikernel.model.port_forward import Forward
from unikernel.networks import ports

Ask = Callable[[str, Mapping[str, Any]], Awaitable[object]]


async def add(ask: Ask, nets: Mapping[str, Network], port: Forward) -> tuple[str, User, Forward]:
    """Forward `port` to the first device on a user network.

    Returns device, network and port as they are now. Raises PortTaken and UsageError.
    """
    device, network = _first_user(nets)
    if port.protocol == "udp" and not (network.reach or network.needs_filter):
        raise UsageError(
            "A UDP port cannot be added to a user network that was closed at boot without one.",
            hint=f"Boot the machine with it: -p {port.host_port}:{port.guest_port}/udp",
        )
    port = ports.free(port)
    ports.check([port])
    number = list(nets).index(device)
    extended = replace(network, ports=(*network.ports, port))
    answer = await _monitor(ask, f"hostfwd_add net{number} {rule(port, network)}")
    if answer:
        raise ports.taken(port)
    return device, extended, port


async def remove(ask: Ask, nets: Mapping[str, Network], port: Forward) -> tuple[str, User]:
    """End a forward; returns device and network as they are now. Raises UsageError."""
    for number, (device, network) in enumerate(nets.items()):
        if isinstance(network, User) and port in network.ports:
            await _monitor(ask, f"hostfwd_remove net{number} {host_end(port)}")
            rest = tuple(one for one in network.ports if one != port)
            return device, replace(network, ports=rest)
    raise UsageError(f"Port {port.end} leads to no device of this machine.")


async def _monitor(ask: Ask, line: str) -> str:
    return str(await ask("human-monitor-command", {"command-line": line})).strip()


def _first_user(nets: Mapping[str, Network]) -> tuple[str, User]:
    for device, network in nets.items():
        if isinstance(network, User):
            return device, network
    raise UsageError(
        "Ports are forwarded to user networks only, and no device is on one.",
        hint="On tap and lan the guest is reached at its own address.",
    )
