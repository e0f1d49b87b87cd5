"""What a machine can do with its networks while it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unikernel.host.sync_async import sync_and_async
from unikernel.machines.qemu.user_network import forwarding
from unikernel.model.network import Network, User
from unikernel.model.port_forward import Forward, Protocol, checked, refuse_taken
from unikernel.model.spec import Spec


class Networked(ABC):
    """A machine's networks, which its `spec` holds, and the ports that lead to it."""

    spec: Spec
    network_lost = ""  # why user networks carry nothing any more, or nothing new
    capture_ended = ""  # why frames are no longer written down

    @property
    def networks(self) -> Mapping[str, Network]:
        """The networks its devices are on, by device."""
        return self.spec.nets

    @property
    def ports(self) -> tuple[Forward, ...]:
        """The host's ports that lead to it."""
        return tuple(port for network in self.networks.values() for port in network.forwards)

    async def _forward(
        self, host_port: int, guest_port: int, protocol: Protocol = "tcp"
    ) -> Forward:
        """Let a port of the host lead to the guest from now on; host port 0 is any free one.

        It leads to the first device on a user network. Raises PortTaken, and UsageError when no
        device is on one.
        """
        port = Forward(host_port, guest_port, protocol)
        refuse_taken(port, self.ports)
        device, network, port = await forwarding.add(self._ask_networks, self.networks, port)
        self._rewire(device, network)
        self._widen_ports()
        return port

    forward, forward_async = sync_and_async(_forward)

    async def _unforward(self, port: Forward) -> None:
        """Let a port of the host lead to the guest no longer. Raises UsageError if it does not."""
        self._rewire(*await forwarding.remove(self._ask_networks, self.networks, checked(port)))

    unforward, unforward_async = sync_and_async(_unforward)

    @abstractmethod
    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object: ...

    async def _ask_networks(
        self, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        """Execute a QMP command in the QEMU that the user networks are in."""
        return await self._qmp(command, arguments)

    def _widen_ports(self) -> None:  # noqa: B027 (whoever cannot does nothing)
        """Let many connections at once wait at the ports: see `qemu.backlog`."""

    def _lose_user_networks(self, why: str) -> None:
        """Note that the user networks are gone, and the ports that led through them."""
        self.network_lost = why
        for device, network in self.networks.items():
            if isinstance(network, User):
                self._rewire(device, replace(network, ports=()))

    def _note_capture(self, why: str) -> None:
        """Note that frames are no longer written down."""
        self.capture_ended = why

    def _rewire(self, device: str, network: Network) -> None:
        """Note that a device's network is now this."""
        self.spec = replace(self.spec, nets=dict(self.networks) | {device: network})
