"""What the panel's buttons do, with the names and files that nobody is asked for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel import machines
from unikernel.model.spec import Spec

if TYPE_CHECKING:
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

PLAIN = ("pause", "resume", "reset", "stop")
_ANEW = {"paused", "captures"}  # of a machine's spec, what is not for the next one


async def boot(image: Image) -> str:
    """Boot an image under its own name. Raises what booting raises."""
    await machines.boot_async(image, wait="running")
    return ""


async def do(machine: Machine, action: str, snapshot: str, *, is_ours: bool) -> str:
    """Do something to a machine; return a sentence for its row, or "".

    `snapshot` is what to restore. Raises what that raises.
    """
    if action in PLAIN:
        await getattr(machine, f"{action}_async")()
    elif action == "start":
        await _boot_again(machine, is_ours=is_ours)
    elif action == "snapshot":
        taken = await machine.snapshot_async(f"panel-{time.strftime('%H%M%S')}")
        use = "Restore goes back to it" if taken.can_be_restored else "it can be compared"
        return f"Snapshot {taken.name} was made: {use}."
    elif action == "restore":
        await machine.restore_async(snapshot)
        return f"It is as it was at {snapshot}."
    elif action == "capture":
        return await _capture(machine)
    return ""


async def _boot_again(machine: Machine, *, is_ours: bool) -> None:
    """Boot the image of a machine that has ended as it was booted then."""
    choices = {
        entry.name: getattr(machine.spec, entry.name)
        for entry in fields(Spec)
        if entry.name not in _ANEW
    }
    if is_ours:
        await machines.boot_async(machine.image, name=machine.name, wait="running", **choices)
        return
    await asyncio.to_thread(
        machines.detach, machine.image, name=machine.name, wait="running", replace=True, **choices
    )


async def _capture(machine: Machine) -> str:
    """Begin to write frames down, or end that."""
    if machine.spec.captures:
        ended = [await machine.stop_capture_async(device) for device in machine.spec.captures]
        return f"Frames are in {', '.join(str(path) for path in ended)}."
    stem = "".join(one if one.isalnum() else "-" for one in machine.name)[:40]
    path = Path.cwd() / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}.pcap"
    await machine.start_capture_async(path)
    return ""
