"""What a domain's devices are attached to on a host that runs Xen itself: bridges of the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unikernel.errors import NetworkUnavailable, UsageError
from unikernel.model.network import Network, Tap
from unikernel.model.spec import Spec
from unikernel.networks.backend import Backend


class HostNetworks:
    """The networks of one domain; nothing of them is ours."""

    def __init__(self, spec: Spec) -> None:
        """Raise NetworkUnavailable for what is no bridge."""
        check(spec)
        self.nets: Mapping[str, Network] = spec.nets
        self.backends = {device: Backend(one, "tap") for device, one in spec.nets.items()}

    def start(self) -> None:
        """Do nothing: the host carries frames already."""

    async def ready(self) -> None:
        """Do nothing: they are there."""

    async def ask(self, command: str, _: Mapping[str, Any] | None = None) -> object:
        """Raise UsageError: there is no user network."""
        raise UsageError(f"No QEMU carries networks here that would understand {command!r}.")

    def widen_ports(self) -> None:
        """Do nothing: no port leads here."""

    async def end(self) -> None:
        """Do nothing: the host's bridges stay."""

    def close(self) -> None:
        """Do nothing, either."""


def check(spec: Spec) -> None:
    """Raise NetworkUnavailable for devices that are on no bridge of the host."""
    for device, network in spec.nets.items():
        if not isinstance(network, Tap):
            raise NetworkUnavailable(
                f"{device!r} is a domain's of this host's own Xen, where a network is a bridge of "
                f"the host, and {network.kind!r} is none.",
                hint=f"Name the bridge: --net {device}=tap:xenbr0",
            )
        if device in spec.captures:
            raise NetworkUnavailable(
                f"The frames of {device!r} pass this process by: Xen has them.",
                hint="tcpdump on the bridge, or on the domain's vif, writes them down.",
            )


def check_disks(spec: Spec) -> None:
    """Raise UsageError for disks that are no files as they are."""
    for device, block in spec.blocks.items():
        if block.snapshot or block.format != "raw":
            raise UsageError(
                f"{device!r} is a domain's of this host's own Xen, which takes raw files and block "
                "devices as they are.",
                hint="Leave `snapshot` out, or convert the image: qemu-img convert -O raw OLD NEW",
            )
