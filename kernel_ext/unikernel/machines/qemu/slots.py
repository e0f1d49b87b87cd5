"""Where the devices of an image stand: networks first, then disks, in the order of declaration."""

from __future__ import annotations

from unikernel.errors import UsageError
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO

FIRST_PCI_SLOT = 0x10
_PCI_SLOTS = 15  # the last of q35's 32 is its bridge to the ISA bus
_MMIO_SLOTS = 7  # microvm has eight; the source of randomness takes the last


def pci(number: int) -> str:
    """Return the PCI slot of a device."""
    return f"{FIRST_PCI_SLOT + number:#x}"


def mmio(number: int) -> str:
    """Return the bus of a device of virtio-mmio."""
    return f"virtio-mmio-bus.{number}"


def check(spec: Spec) -> None:
    """Raise UsageError for more devices than the machine type has slots for."""
    wanted = len(spec.nets) + len(spec.blocks)
    has_pci = VIRTIO.has_pci(spec.machine)
    slots = _PCI_SLOTS if has_pci else _MMIO_SLOTS
    if wanted > slots:
        raise UsageError(
            f"{spec.machine} has room for {slots} devices; the image has {wanted}.",
            hint="" if has_pci else f"q35 has room for {_PCI_SLOTS}: --machine q35",
        )
