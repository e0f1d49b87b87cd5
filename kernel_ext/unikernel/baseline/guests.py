"""What a Linux guest needs of its kernel under each hypervisor, and where its devices are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from unikernel.disks.xen_disks import vdevs
from unikernel.model.targets import VIRTIO, XEN

DeviceKind = Literal["net", "block"]
DEVICE, DISK = "service", "storage"


@dataclass(frozen=True)
class Guest:
    """The kernel's console, its modules by device, and the path of its disk."""

    console: str
    modules: Mapping[DeviceKind, Sequence[str]]
    disk: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the kernel is told."""
        return (f"console={self.console}", "quiet", "panic=-1")


GUESTS: Mapping[str, Guest] = {
    VIRTIO.name: Guest(
        "ttyS0",
        {"net": ("virtio_pci", "virtio_net"), "block": ("virtio_pci", "virtio_blk")},
        "/dev/vda",
    ),
    XEN.name: Guest(
        "hvc0",
        {"net": ("xen_netfront",), "block": ("xen_blkfront",)},
        f"/dev/{vdevs((DISK,))[DISK]}",
    ),
}  # by target
