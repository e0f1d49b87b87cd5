"""Which driver runs the images of a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unikernel.host.run_folder import RunFolder
from unikernel.model.targets import UNIX, VIRTIO, XEN

from .core.attached import AttachedSide
from .core.driver import Driver
from .core.launch import Launch
from .core.owned import OwnerSide
from .process.driver import ProcessDriver
from .qemu.driver import QemuDriver
from .xen.driver import XenDriver

DRIVERS: Mapping[str, Driver] = {
    VIRTIO.name: QemuDriver(),
    UNIX.name: ProcessDriver(),
    XEN.name: XenDriver(),
}


def owned(launch: Launch) -> OwnerSide:
    """Return the owner's side of a machine that is about to start here."""
    return OwnerSide(launch, DRIVERS[launch.image.target])


def attached(folder: RunFolder, facts: Mapping[str, Any]) -> AttachedSide:
    """Return the attached side of another process's machine, by its record.

    Raises KeyError for a target that is not known here.
    """
    return AttachedSide(folder, facts, DRIVERS[facts["image"]["target"]])
