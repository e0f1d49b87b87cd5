"""The machines of this user's other processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from unikernel.errors import UsageError
from unikernel.host import event_loop, run_folder

from . import leftovers
from .core.attached import AttachedSide
from .core.machine import Machine
from .targets import attached

_known: dict[str, AttachedSide] = {}  # by run folder, so that each owner is asked once


def machines() -> tuple[Machine, ...]:
    """Return the machines that other processes of this user run, and detached ones that ended."""
    leftovers.remove_stale()
    return event_loop.call(_machines())


async def machines_async() -> tuple[Machine, ...]:
    """Return what `machines` does, from the event loop."""
    leftovers.remove_stale()
    return await _machines()


async def _machines() -> tuple[Machine, ...]:
    found: dict[str, AttachedSide] = {}
    for folder in run_folder.folders():
        if folder.owner_pid == os.getpid() or not (facts := folder.read()):
            continue
        key = folder.path.name
        known = _known.get(key)
        if known is None or (known.lifecycle.exit and not facts.get("exit")):
            known = _introduce(folder, facts)
            if known is None:
                continue
            await known.follow()
        known.network_lost = str(facts.get("network_lost", ""))
        if not known.is_orphan:
            found[key] = known
    _known.clear()
    _known.update(found)
    return tuple(side.machine for side in found.values())


def _introduce(folder: run_folder.RunFolder, facts: Mapping[str, Any]) -> AttachedSide | None:
    """Return the machine of a record; None if another release wrote it in words of its own."""
    try:
        return attached(folder, facts)
    except (KeyError, TypeError, ValueError, UsageError):
        return None


def named(name: str) -> tuple[Machine, ...]:
    """Return those of that name, running ones first."""
    return tuple(sorted((m for m in machines() if m.name == name), key=lambda m: bool(m.exit)))
