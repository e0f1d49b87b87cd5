"""What is plugged into a lab while it runs: devices of the outer QEMU that dom0 passes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetPort:
    """A network's end in dom0: `interface` is up, and alone in `bridge`."""

    number: int
    interface: str
    bridge: str


@dataclass(frozen=True)
class DiskPort:
    """A disk in dom0: a block device at `path`."""

    number: int
    path: str
