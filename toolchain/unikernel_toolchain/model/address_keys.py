"""AddressKeys: which boot keys give a network device a static IPv4 address.

A guest takes its address from them before it takes the one that its host tells. So whoever leads
packets to it reads them, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .device import NET, Device

_KEYS = "unikernel-keys.network"  # what declares them in programs without a config.ml


@dataclass(frozen=True)
class AddressKeys:
    """The keys of a network `device`, by their options without dashes.

    What was given for them when the program was configured is "" where nothing was: then what they
    say, if nobody gives them at boot, is what the host tells.
    """

    device: str
    address: str
    gateway: str
    configured_address: str = ""
    configured_gateway: str = ""


def of_plain(devices: Iterable[Device], packages: Iterable[str]) -> tuple[AddressKeys, ...]:
    """Return the keys of a program without a config.ml: in groups where it has several networks."""
    names = [device.name for device in devices if device.kind == NET]
    if _KEYS not in packages:
        return ()
    groups = [""] if len(names) == 1 else [f"{name}-" for name in names]
    return tuple(
        AddressKeys(name, f"{group}ipv4", f"{group}ipv4-gateway")
        for name, group in zip(names, groups, strict=True)
    )
