"""Which debugger has a machine: a file in its run folder, which every process of this user sees.

A guest under a debugger is held and let go by that. Whoever paused or resumed it meanwhile would
leave the debugger with a wrong picture: it is sent there. What ends the machine ends the debugger:
a process is a zombie for as long as its tracer does not look.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import WrongState
from unikernel.host import run_folder
from unikernel.host.run_folder import RunFolder
from unikernel.model import advised

if TYPE_CHECKING:
    from .core.side import Side


def pid(folder: RunFolder | None) -> int | None:
    """Return the process of the debugger that has the machine; None when none does."""
    identity = _identity(folder)
    return int(identity[0]) if isinstance(identity, list) and identity else None


def _identity(folder: RunFolder | None) -> object:
    if folder is None or not folder.debugger.exists():
        return None
    with contextlib.suppress(OSError, ValueError):
        identity = json.loads(folder.debugger.read_text(encoding="utf-8"))
        return identity if run_folder.is_alive(identity) else None
    return None


def note(folder: RunFolder, debugger: int | None) -> None:
    """Note that the process `debugger` has the machine, or that none does. Raises OSError."""
    if debugger is None:
        folder.debugger.unlink(missing_ok=True)
        return
    identity = json.dumps(run_folder.process_identity(debugger))
    folder.debugger.write_text(identity, encoding="utf-8")


def end(folder: RunFolder | None) -> bool:
    """End the debugger that has the machine, by force; return whether there was one."""
    identity = _identity(folder)
    run_folder.send(identity, signal.SIGKILL)
    return identity is not None


def told_elsewhere(folder: RunFolder | None) -> str:
    """Return where the debugger that has the machine takes commands, if not here; else ""."""
    debugger = pid(folder)
    with contextlib.suppress(OSError, ValueError):
        words = Path(f"/proc/{debugger}/stat").read_bytes().rpartition(b") ")[2].split()
        if (parent := int(words[1])) != os.getpid():
            return f"Process {parent} started that gdb, another notebook or terminal: let go there."
    return ""


def refuse(side: Side, action: str) -> None:
    """Raise WrongState where a debugger has the machine; `action` completes "cannot be …"."""
    if (debugger := pid(side.folder)) is None:
        return
    if elsewhere := told_elsewhere(side.folder):
        raise WrongState(
            f"{side.name!r} cannot be {action}: gdb has it (process {debugger}).", hint=elsewhere
        )
    go_on, hold, leave = (advised.gdb(side.name, it) for it in ("continue", "interrupt", "detach"))
    raise WrongState(
        f"{side.name!r} cannot be {action}: gdb has it (process {debugger}).",
        hint=f"gdb lets it run and holds it: %unikernel {go_on}, %unikernel {hold}\n"
        f"Without gdb it goes on after: %unikernel {leave}",
    )
