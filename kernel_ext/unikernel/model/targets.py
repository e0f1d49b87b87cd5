"""Targets as they run: all that is known of one without a guest, for whoever shows or measures it.

What builds a target's images is in the toolchain's file of the same name; what drives its guests is
the driver that `machines/targets.py` has beside the name. Whatever differs from one target to the
next is asked of these values: nothing else compares a target's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unikernel.errors import UsageError

if TYPE_CHECKING:
    from unikernel_toolchain.model.image import Image

    from .spec import Spec

DEFAULT_MACHINE_TYPE = "microvm"
DEFAULT_ACCELERATOR = "auto"


@dataclass(frozen=True)
class Target:
    """How the images of a target run.

    `guest` is what one of its guests is, `started` what is started for it, both in words for
    people. `hypervisor` carries it, and is "" where Linux itself does. `kind` stands where others
    have a machine type. `machine_types` and `accelerators` are what a Spec may choose, of the first
    `pci_machine_types` have PCI; `acceleration` says what may come of that, in words.
    """

    name: str
    guest: str
    started: str
    hypervisor: str = ""
    kind: str = ""
    machine_types: tuple[str, ...] = ()
    pci_machine_types: tuple[str, ...] = ()
    accelerators: tuple[str, ...] = ()
    acceleration: Mapping[str, str] = field(default_factory=dict)
    can_hold_panic: bool = False  # a guest that faults can be held for inspection
    leaves_cores: bool = False  # what a guest that crashes had in memory can be kept
    has_directories: bool = False

    @property
    def has_memory_from_zero(self) -> bool:
        """Whether a guest's memory begins at address 0, below its image."""
        return bool(self.hypervisor)

    def has_pci(self, machine_type: str) -> bool:
        """Whether a machine of this type has PCI."""
        return machine_type in self.pci_machine_types

    def pci_machine_type(self, machine_type: str) -> str:
        """Return a type with PCI, which a Linux needs: that one, if it has PCI or none has."""
        if not self.pci_machine_types or self.has_pci(machine_type):
            return machine_type
        return self.pci_machine_types[0]

    def check(self, spec: Spec) -> None:
        """Raise UsageError for choices that mean nothing to this target."""
        for value, default, own, what, flag in (
            (spec.machine, DEFAULT_MACHINE_TYPE, self.machine_types, "machine type", "--machine"),
            (spec.accelerator, DEFAULT_ACCELERATOR, self.accelerators, "accelerator", "--accel"),
        ):
            if value != default and value not in own:
                other = next(
                    one for one in TARGETS.values() if value in one.machine_types + one.accelerators
                )
                raise UsageError(
                    f"{self.guest.capitalize()} has no {what}: {value!r} is {other.hypervisor}'s.",
                    hint=f"Leave {flag} out, or build the image with -t {other.name}.",
                )
        if spec.kv and not self.has_directories:
            other = next(one for one in TARGETS.values() if one.has_directories)
            raise UsageError(
                f"{self.guest.capitalize()} has no folders of the host.",
                hint=f"Build the image with -t {other.name}, or give it a disk: --block.",
            )
        if spec.core and not self.leaves_cores:
            others = [one.name for one in TARGETS.values() if one.leaves_cores]
            raise UsageError(
                f"{self.guest.capitalize()} leaves no core here.",
                hint=f"Leave --core out, or build the image with -t {' or '.join(others)}.",
            )
        if spec.on_panic == "pause" and not self.can_hold_panic:
            other = next(one for one in TARGETS.values() if one.can_hold_panic)
            raise UsageError(
                f"{self.guest.capitalize()} that faults ends; it cannot be held for inspection.",
                hint="Leave --on-panic out, and read its report on the console; "
                f"or build the image with -t {other.name}.",
            )


VIRTIO = Target(
    name="virtio",
    guest="a virtual machine",
    started="QEMU",
    hypervisor="QEMU",
    machine_types=("microvm", "q35", "pc"),
    pci_machine_types=("pc", "q35"),
    accelerators=("auto", "kvm", "tcg"),
    acceleration={"kvm": "KVM", "tcg": "TCG (emulated: not comparable with KVM)"},
    can_hold_panic=True,
    leaves_cores=True,
)
UNIX = Target(
    name="unix",
    guest="a process",
    started="the process",
    kind="process",
    leaves_cores=True,
    has_directories=True,
    acceleration={"native": "native"},
)
XEN = Target(
    name="xen",
    guest="a domain",
    started="the domain",
    hypervisor="Xen",
    kind="pvh",
    acceleration={
        "xen": "Xen",
        "xen lab (TCG)": "Xen in QEMU (emulated: not comparable with Xen on hardware)",
    },
)
TARGETS: Mapping[str, Target] = {one.name: one for one in (VIRTIO, UNIX, XEN)}

# What a Spec may name, whatever its image: which of it means something, `check` says.
MACHINE_TYPES = tuple(dict.fromkeys(word for one in TARGETS.values() for word in one.machine_types))
ACCELERATORS = tuple(dict.fromkeys(word for one in TARGETS.values() for word in one.accelerators))
ACCELERATION = {
    name: description for one in TARGETS.values() for name, description in one.acceleration.items()
}


def of(image: Image) -> Target:
    """Return how an image runs. Raises UsageError for a target that another release had."""
    if image.target not in TARGETS:
        raise UsageError(
            f"Image {image.name!r} is for the target {image.target!r}, which is not known here.",
            hint=f"There are: {', '.join(TARGETS)}. Build it again for one of these.",
        )
    return TARGETS[image.target]
