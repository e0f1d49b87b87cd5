"""Which kind of machine runs the images of a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unikernel.runfolder import RunFolder

from .foreign import ForeignMachine
from .foreign_process import ForeignProcess
from .foreign_qemu import ForeignQemu
from .launch import Launch
from .own import OwnMachine
from .process import ProcessMachine
from .qemu import QemuMachine

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
