"""Image: what a build made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .address_keys import AddressKeys
from .device import BLOCK, KV, NET, Device


@dataclass(frozen=True)
class Image:
    """A bootable image and how it came to be.

    `path` is the stripped image that boots, `debug_path` the same program with symbols for gdb,
    `map_path` the linker's map. `digest` identifies plan and tools together. `build_s` is how
    long the build took in seconds; `cached` says that this call found it ready made. `devices`
    are in order: those declared, or the one that its program asked for. `disks` are the disk
    images made with it, by block device. `addresses` are the boot keys by which its network devices
    get static addresses.
    """

    name: str
    path: Path
    debug_path: Path
    map_path: Path
    target: str
    language: str
    digest: str
    size_bytes: int
    build_s: float
    cached: bool
    log: str
    packages: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    disks: Mapping[str, Path] = field(default_factory=dict)
    addresses: tuple[AddressKeys, ...] = ()

    @property
    def nets(self) -> tuple[str, ...]:
        """The names of its network devices, in order."""
        return tuple(device.name for device in self.devices if device.kind == NET)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The names of its block devices, in order."""
        return tuple(device.name for device in self.devices if device.kind == BLOCK)

    @property
    def kvs(self) -> tuple[str, ...]:
        """The names of the folders of the host that it is given, in order."""
        return tuple(device.name for device in self.devices if device.kind == KV)
