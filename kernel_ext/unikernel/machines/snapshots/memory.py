"""A copy of a process's memory, or of a guest's that lies in a process: what is zero is a hole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import UsageError
from unikernel.host import sparse
from unikernel.model.debugging.snapshots import Region

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A piece of memory: its address for the guest and in the process, and what it is."""

    begin: int
    address: int
    size_bytes: int
    name: str = ""


def copy(pid: int, sources: Sequence[Source], path: Path) -> tuple[Region, ...]:
    """Copy memory of a process into a file, and return what lies where in it.

    Raises UsageError where this host does not let it be read.
    """
    regions, offset = [], 0
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as problem:
        raise UsageError(
            f"The memory of process {pid} cannot be read: {problem.strerror}.",
            hint="This host forbids it (kernel.yama.ptrace_scope, a container's seccomp).",
        ) from None
    try:
        with path.open("wb") as file:
            for source in sources:
                regions.append(Region(source.begin, source.size_bytes, offset, source.name))
                _copy(memory, source, file.fileno(), offset)
                offset += source.size_bytes
            file.truncate(offset)
    finally:
        os.close(memory)
    return tuple(regions)


def _copy(memory: int, source: Source, file: int, offset: int) -> None:
    for at in range(0, source.size_bytes, _CHUNK_BYTES):
        size = min(_CHUNK_BYTES, source.size_bytes - at)
        try:
            chunk = os.pread(memory, size, source.address + at)
        except OSError:  # mapped, and not to be read: a guard
            continue
        sparse.write(file, chunk, offset + at)
