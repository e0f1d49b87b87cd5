"""The network part of a process's boot command line. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from unikernel.model.network import Network, Tap


def variables(
    nets: Mapping[str, Network],
    attachments: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the boot variables that tell the base what each device is attached to.

    `attachments` say by device through what it inherits frames. Without them, they are those of a
    command that stands by itself.
    """
    variables = {}
    for number, (name, network) in enumerate(nets.items()):
        options = [attachments[name] if attachments else _alone(network, number)]
        options += [f"mac={network.mac}"] if network.mac else []
        options += [f"mtu={network.mtu}"] if network.mtu else []
        variables[f"UNIKERNEL_NET_{number}"] = ",".join(options)
    return variables


def _alone(network: Network, number: int) -> str:
    """Return a tap: nothing else can be opened by its name."""
    interface = network.interface if isinstance(network, Tap) else None
    return f"open:{interface or f'uk{number}'}"
