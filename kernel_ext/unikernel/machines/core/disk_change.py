"""DiskChange: what is to become of the disk of a running machine's device, and whether it may.

    attach    a device without a disk gets one
    detach    its disk is taken away; what was written to it is on the host's disk then
    resize    its disk grows, or, with `shrink`, loses its end with all that is there

Whether a device can be written to is told to its guest at the boot, for good: so a disk that is
attached must be of the same kind as what the device was booted with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from unikernel.errors import DiskUnavailable, UsageError
from unikernel.model import advised
from unikernel.model.block import Block, parse, size_text
from unikernel_toolchain.messages.visible import visible

Action = Literal["attach", "detach", "resize"]


@dataclass(frozen=True)
class DiskChange:
    """An action, the device, and the new disk or size."""

    action: Action
    device: str
    disk: Block | None = None  # to attach
    size_bytes: int = 0  # to resize to
    shrink: bool = False

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**vars(self), "disk": str(self.disk) if self.disk else None}

    def check(self, name: str, now: Block) -> None:
        """Raise unless the machine `name`, whose device has the disk `now`, can have it done.

        Raises DiskUnavailable, and UsageError for what is to be asked in another way.
        """
        where = f"The block device {self.device!r} of {name!r}"
        if self.disk:
            _check_attached(where, now, self.disk, self._advised("detach", name))
        elif now.empty:
            hint = f"Attach one: {self._advised('attach', name, 'DISK')}"
            raise DiskUnavailable(f"{where} has no disk.", hint=hint)
        elif self.action == "resize":
            self._check_size(where, now)

    def _advised(self, action: Action, name: str, *more: str) -> str:
        return f"%unikernel {advised.disk(action, name, self.device, *more)}"

    def _check_size(self, where: str, now: Block) -> None:
        if now.read_only:
            raise UsageError(
                f"{where} is only read: its disk keeps its size.",
                hint="Detach it, resize the file, attach it again: truncate -s, qemu-img resize",
            )
        if self.size_bytes < now.size_bytes and not self.shrink:
            raise UsageError(
                f"{where} has {size_text(now.size_bytes)}, and what is behind the first "
                f"{size_text(self.size_bytes)} would be lost.",
                hint="If it may be: --shrink, or shrink=True",
            )


def change_of(facts: Mapping[str, Any]) -> DiskChange:
    """Return the change of JSON values."""
    disk = facts["disk"]
    return DiskChange(**{**facts, "disk": parse(disk) if disk else None})


def _check_attached(where: str, now: Block, disk: Block, detaching: str) -> None:
    if disk.empty:
        raise UsageError(f"{disk} is no disk to attach.", hint=f"To take one away: {detaching}")
    if not now.empty:
        has = visible(now.file) or f"a fresh disk of {now}"
        raise DiskUnavailable(f"{where} has {has}.", hint=f"Detach that first: {detaching}")
    if now.read_only and not disk.read_only:
        as_read = visible(str(replace(disk, snapshot=False, read_only=True))) if disk.file else ""
        raise UsageError(
            f"{where} was booted to be read only, which its guest does not unlearn.",
            hint=f"Attach it so: {as_read or 'FILE,ro, a file that is there'}",
        )
    if disk.read_only and not now.read_only:
        raise UsageError(
            f"{where} was booted to be written to, which its guest does not unlearn.",
            hint="FILE,snapshot leaves the file as it is, too. To be read only, a device is "
            "booted with FILE,ro or none,ro.",
        )
