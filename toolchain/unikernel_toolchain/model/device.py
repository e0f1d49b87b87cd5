"""Device: something that an image expects to be attached when it boots."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from unikernel_toolchain.errors import BadRequest

NET, BLOCK, KV = "net", "block", "kv"
KINDS = (NET, BLOCK, KV)
MAX_DEVICES = 63  # the entries of a Solo5 manifest, less the reserved first one
_NAME = re.compile(r"[A-Za-z0-9]{1,67}", re.ASCII)
_EXAMPLES = {NET: "service", BLOCK: "storage", KV: "data"}


@dataclass(frozen=True)
class Device:
    """A device: "net" for a network interface, "block" for a disk, "kv" for a folder.

    It is named after what it is for, as "service" or "storage". Those of an image may have any name
    that its program declares; `check` is for what is asked for.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def network_devices(names: Iterable[str]) -> tuple[Device, ...]:
    """Return network devices of these names."""
    return tuple(Device(NET, name) for name in names)


def block_devices(names: Iterable[str]) -> tuple[Device, ...]:
    """Return block devices of these names."""
    return tuple(Device(BLOCK, name) for name in names)


def check(devices: tuple[Device, ...]) -> None:
    """Raise BadRequest when an image cannot have these devices.

    A name has 1 to 67 letters and digits, as in a Solo5 manifest.
    """
    for device in devices:
        if device.kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise BadRequest(f"No kind of device is {device.kind!r}; there are: {kinds}.")
        if not _NAME.fullmatch(device.name):
            raise BadRequest(
                f"{device.name!r} cannot name a device.",
                hint="A device is named after its purpose: 1 to 67 letters and digits, "
                f"as in {_EXAMPLES[device.kind]}.",
            )
    if len(devices) > MAX_DEVICES:
        raise BadRequest(f"An image has at most {MAX_DEVICES} devices; {len(devices)} are named.")
    names = [device.name for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(f"Two devices are named {name!r}; each has a name of its own.")
