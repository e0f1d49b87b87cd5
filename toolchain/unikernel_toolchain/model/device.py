"""Device: something that an image expects to be attached when it boots."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from unikernel_toolchain.errors import BadRequest

NET = "net"
KINDS = (NET,)
MAX_DEVICES = 63  # the entries of a Solo5 manifest, less the reserved first one
_NAME = re.compile(r"[A-Za-z0-9]{1,67}", re.ASCII)


@dataclass(frozen=True)
class Device:
    """A device: "net" for a network interface, and what it is for, as "service" or "management".

    A name has 1 to 67 letters and digits, as in a Solo5 manifest. Raises BadRequest for another.
    """

    kind: str
    name: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadRequest(f"No kind of device is {self.kind!r}; there are: {', '.join(KINDS)}.")
        if not _NAME.fullmatch(self.name):
            raise BadRequest(
                f"{self.name!r} cannot name a device.",
                hint="A device is named after its purpose: 1 to 67 letters and digits, "
                "as in service.",
            )

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def network_devices(names: Iterable[str]) -> tuple[Device, ...]:
    """Return network devices of these names."""
    return tuple(Device(NET, name) for name in names)


def check_together(devices: tuple[Device, ...]) -> None:
    """Raise BadRequest when one image cannot have all of these."""
    if len(devices) > MAX_DEVICES:
        raise BadRequest(f"An image has at most {MAX_DEVICES} devices; {len(devices)} are named.")
    names = [device.name for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(f"Two devices are named {name!r}; each has a name of its own.")
