"""`disk attach`, `detach` and `resize`: the disks of machines that run."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.machines import registry
from unikernel.model.block import size_text
from unikernel.render import disk_facts
from unikernel.render.results import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from unikernel.frontends.commands.call import Call
    from unikernel.machines import Machine


def _attach(call: Call, machine: Machine, device: str) -> str:
    disk = machine.attach_disk(device, call.options.paths[0])
    return f"{device} is on {disk_facts.disk_text(disk)}."


def _detach(_: Call, machine: Machine, device: str) -> str:
    is_removed = _is_removed(machine, device)
    taken = machine.detach_disk(device)
    what = disk_facts.disk_text(taken, is_removed=is_removed)
    kept = ", which has all that was written to it" if taken.is_kept else ""
    return f"{device} has no disk; it had {what}{'' if is_removed else kept}."


def _is_removed(machine: Machine, device: str) -> bool:
    """Whether only its machine still has a disk's file, which goes with it (unlink(2))."""
    with contextlib.suppress(OSError):
        for number in machine.disk_descriptors.get(device, ())[:1]:
            link = Path(f"/proc/{machine.owner_pid}/fd/{number}")
            return machine.disks[device].is_kept and link.stat().st_nlink == 0
    return False


def _resize(call: Call, machine: Machine, device: str) -> str:
    machine.resize_disk(device, call.options.paths[0], shrink=call.options.shrink)
    return f"{device} has {size_text(machine.disks[device].size_bytes)}."


FORMS = {
    "attach": "MACHINE:DEVICE DISK",
    "detach": "MACHINE:DEVICE",
    "resize": "MACHINE:DEVICE SIZE [--shrink]",
}
_ACTIONS: dict[str, tuple[int, Callable[[Call, Machine, str], str]]] = {
    "attach": (1, _attach),
    "detach": (0, _detach),
    "resize": (1, _resize),
}


def change(call: Call) -> Note:
    """Change the disk of a machine's device.

    Raises UsageError, NoSuchMachine, WrongState and DiskUnavailable.
    """
    options = call.options
    count, act = _ACTIONS[options.action]
    if options.disk is None or len(options.paths) != count:
        raise UsageError(
            f"disk {options.action} is written: disk {options.action} {FORMS[options.action]}"
        )
    name, _, device = options.disk.partition(":")
    machine = registry.machine(name)
    return Note(f"{machine.name}: {act(call, machine, device or _only_device(machine))}")


def _only_device(machine: Machine) -> str:
    """Return the one device that is meant where none is named."""
    devices = list(machine.disks)
    if len(devices) > 1:
        names = " or ".join(f"{machine.name}:{device}" for device in devices)
        raise UsageError(f"{machine.name!r} has several block devices.", hint=f"Say {names}.")
    return devices[0] if devices else ""
