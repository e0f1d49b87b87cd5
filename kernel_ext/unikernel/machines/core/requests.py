"""What another process may have the owner of a machine do, where only the owner can.

A guest that is a process of Linux's, or a QEMU's, is reached from anywhere; a domain in the lab of
one process is reached through that process alone. Requests come with their arguments as JSON
values, from processes of the same user: what they may ask is what the machine's own methods do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError

if TYPE_CHECKING:
    from .owned import OwnerSide

PAUSE, RESUME, RESET = "pause", "resume", "reset"
END, KILL = "end", "kill"
QMP, XL = "qmp", "xl"
USAGE = "usage"
SAMPLE, END_SAMPLE = "sample", "end_sample"
SNAPSHOT = "snapshot"
NOTE_HOLD = "note_hold"
UNDONE = (SAMPLE,)  # what ends when who asked is interrupted
START_CAPTURE, STOP_CAPTURE = "start_capture", "stop_capture"


async def serve(side: OwnerSide, action: str, arguments: Mapping[str, Any]) -> object:
    """Do it, and return its result. Raises what that raises, and UsageError for what is none."""
    driver = side.driver
    match action, dict(arguments):
        case "pause", {}:
            await driver.pause(side)
        case "resume", {}:
            side.begin_run()
            await driver.resume(side)
        case "reset", {}:
            await driver.reset(side)
        case "end", {}:
            side.stop_requested = True
            await driver.ask_to_end(side)
        case "kill", {}:
            side.stop_requested = True
            await driver.end_by_force(side)
        case "start_capture", {"device": str(device), "path": str(path)}:
            await side.start_capture(device, path)
        case "stop_capture", {"device": str(device)}:
            await side.stop_capture(device)
        case "note_hold", {"held": bool(held)}:
            await side.note_hold(held=held)
        case _:
            return await _answer(side, action, arguments)
    return None


async def _answer(side: OwnerSide, action: str, arguments: Mapping[str, Any]) -> object:
    """Return the answer to what is a question, or is told in files."""
    match action, dict(arguments):
        case "qmp", {"command": str(command), "given": dict() | None as given}:
            return await side.driver.qmp(side, command, given)
        case "xl", {"arguments": list(words)}:
            return await side.driver.xl(side, [str(word) for word in words])
        case "usage", {}:
            return (await side.usage()).facts()
        case "snapshot", {"verb": "save" | "restore" | "delete" as verb, "name": str(name)}:
            await side.change_snapshots(verb, name)
            return None
        case "sample", {"seconds": float(seconds), "hertz": float(hertz), "file": str(file)}:
            (await side.sample_for(file, seconds, hertz)).write(file)
            return None
        case "end_sample", {"file": str(file)}:
            side.end_sample(file)
            return None
    raise UsageError(
        f"Process {side.owner_pid}, which owns {side.name!r}, does not know {action!r}.",
        hint="It runs another release: boot the machine again.",
    )
