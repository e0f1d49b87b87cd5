"""Ports of user networks that are in a QEMU beside the guest, of a process and of a domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from unikernel.machines.core.side import Side
from unikernel.machines.qemu.monitor import monitor
from unikernel.machines.qemu.user_network import forwarding
from unikernel.model.network import User
from unikernel.model.port_forward import Forward
from unikernel.model.state import State


class Networks(Protocol):
    """What carries the user networks of a guest of ours."""

    def widen_ports(self) -> None:
        """Let more connections wait at a port that was added."""

    async def ask(self, command: str, arguments: Mapping[str, Any]) -> object:
        """Execute a QMP command. Raises UsageError where no QEMU carries them."""


async def forward(side: Side, port: Forward) -> tuple[str, User, Forward]:
    """Forward `port` in the QEMU beside the guest."""
    forwarded = await forwarding.add(partial(_ask, side), side.spec.nets, port)
    if networks := _ours(side):
        networks.widen_ports()
    return forwarded


async def unforward(side: Side, port: Forward) -> tuple[str, User]:
    """End a forward of the QEMU beside the guest."""
    return await forwarding.remove(partial(_ask, side), side.spec.nets, port)


async def _ask(side: Side, command: str, arguments: Mapping[str, Any]) -> object:
    """Execute a QMP command in the QEMU that the user networks are in."""
    side.lifecycle.require("asked", State.RUNNING, State.PAUSED)
    if networks := _ours(side):
        return await networks.ask(command, arguments)
    assert side.folder
    async with monitor(side.folder, side.name) as session:
        return await session.execute(command, arguments)


def _ours(side: Side) -> Networks | None:
    """Return the networks of a guest of ours; None for another process's."""
    networks: Networks | None = getattr(side.resources, "networks", None)
    return networks
