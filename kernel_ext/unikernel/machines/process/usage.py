"""What a guest that is a process has used, by what Linux counts of a process.

What it reads and writes is one count, of console, trace, networks, disks and folders. Channels are
counted at our end, and so is what goes over `lan` and `tap`. So a user network is known where
nothing else is left, and a disk, too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unikernel.host import process_counters
from unikernel.machines.usage import NO_DISK, NO_NETWORK, Usage
from unikernel.networks.traffic import Traffic, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unikernel.model.spec import Spec

    from .resources import ProcessResources

MIXED = (
    "Linux counts all that a process reads and writes as one: what of it went over the network, to "
    "disks and to folders cannot be told apart"
)
HIDDEN = "Linux does not say what this process reads and writes"


@dataclass(frozen=True)
class Moved:
    """Bytes that system calls of the process moved, without those of console and trace."""

    read_bytes: int
    written_bytes: int


def usage(spec: Spec, resources: ProcessResources) -> Usage:
    """Return what the process of `resources` has used."""
    pid = resources.process.pid
    moved = _moved(pid, resources)
    networks = total(one.traffic() for one in resources.networks.backends.values())
    return Usage(
        at_s=time.monotonic(),
        cpu_s=process_counters.cpu_s(pid),
        memory_bytes=process_counters.resident_bytes(pid),
        **attributed(spec, networks, moved),
    )


def _moved(pid: int, resources: ProcessResources) -> Moved | None:
    counts = process_counters.read_and_written_bytes(pid)
    if counts is None:
        return None
    read, written = counts
    return Moved(
        max(0, read - resources.console.sent_bytes), max(0, written - resources.said_bytes)
    )


def attributed(spec: Spec, networks: Traffic | None, moved: Moved | None) -> Mapping[str, Any]:
    """Return the fields of Usage on networks and disks. A pure function."""
    has_files = bool(spec.blocks or spec.kv)
    found: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    if networks is None and spec.nets and moved and not has_files:
        networks = Traffic(moved.read_bytes, moved.written_bytes)
    if networks:
        found |= {"received_bytes": networks.received_bytes, "sent_bytes": networks.sent_bytes}
    else:
        unknown["network"] = (MIXED if moved else HIDDEN) if spec.nets else NO_NETWORK
    if moved and spec.blocks and not (spec.nets or spec.kv):
        found |= {"read_bytes": moved.read_bytes, "written_bytes": moved.written_bytes}
    else:
        unknown["disk"] = (MIXED if moved else HIDDEN) if spec.blocks else NO_DISK
    return found | {"unknown": unknown}
