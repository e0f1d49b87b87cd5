"""The memory of a process of ours that can change, as Linux tells of it (proc(5))."""

from __future__ import annotations

import re
from pathlib import Path

from unikernel.errors import UsageError
from unikernel.machines.snapshots.memory import Source

MOST_BYTES = 1 << 30
_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.. [0-9a-f]+ \S+ \d+ *(.*)")


def writable(pid: int, name: str) -> list[Source]:
    """Return the pieces that the process may write to. Raises UsageError for too much of it."""
    try:
        text = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise UsageError(
            f"The memory of process {pid} cannot be seen: {problem.strerror}."
        ) from None
    found = []
    for begin, end, what in _LINE.findall(text):
        at = int(begin, 16)
        found.append(Source(at, at, int(end, 16) - at, what if what.startswith("[") else ""))
    size = sum(source.size_bytes for source in found)
    if size > MOST_BYTES:
        raise UsageError(
            f"{name!r} may write to {size >> 20:,} MiB, and copies are made of up to "
            f"{MOST_BYTES >> 20:,}."
        )
    return found


def stack_pointer(pid: int) -> int:
    """Return the stack pointer of a process that is held; 0 where Linux does not tell."""
    try:
        fields = Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").split()
        return int(fields[-2], 16)
    except (OSError, ValueError, IndexError):
        return 0
