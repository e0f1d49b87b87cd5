"""Which kind of machine runs the images of a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unikernel.host.run_folder import RunFolder

from .core.attached import ForeignMachine
from .core.launch import Launch
from .core.owned import OwnMachine
from .process.attached import ForeignProcess
from .process.machine import ProcessMachine
from .qemu.attached import ForeignQemu
from .qemu.machine import QemuMachine

_OWN: Mapping[str, Callable[[Launch], OwnMachine]] = {
    "virtio": QemuMachine,
    "unix": ProcessMachine,
}
_FOREIGN: Mapping[str, type[ForeignMachine]] = {
    "virtio": ForeignQemu,
    "unix": ForeignProcess,
}


def machine_for(launch: Launch) -> OwnMachine:
    """Return a machine of this process that is about to start."""
    return _OWN[launch.image.target](launch)


def foreign_machine(folder: RunFolder, facts: Mapping[str, Any]) -> ForeignMachine:
    """Return the machine of another process's record. Raises KeyError for an unknown target."""
    return _FOREIGN[facts["image"]["target"]](folder, facts)
