"""What Linux counts of a process (proc(5)). None: there is none of that pid, or it is another's."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME = 11, 12  # behind the program's name: fields 14 and 15 of stat


def cpu_s(pid: int) -> float | None:
    """Return how long all its threads were on a CPU, in seconds, to a hundredth."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_PER_S
    return None


def resident_bytes(pid: int) -> int | None:
    """Return how much of the host's memory it has now, what it shares with others included."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * _PAGE_BYTES or None  # one that has ended has nothing, until it is reaped
    return None


def read_and_written_bytes(pid: int) -> tuple[int, int] | None:
    """Return what its system calls read(2), write(2) and their like have moved, of any file."""
    with contextlib.suppress(OSError, IndexError, ValueError, KeyError):
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
        counts = {name: int(count) for name, _, count in (line.partition(":") for line in lines)}
        return counts["rchar"], counts["wchar"]
    return None
