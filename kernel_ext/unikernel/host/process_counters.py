"""What Linux counts of a process (proc(5)). None: there is none of that pid, or it is another's."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_CPU_TIME = 2  # CPUCLOCK_SCHED: what of a process clock_getcpuclockid(3) names a clock of


def cpu_s(pid: int) -> float | None:
    """Return how long all its threads were on a CPU, in seconds, to a microsecond or less."""
    with contextlib.suppress(OSError):
        return time.clock_gettime(~pid << 3 | _CPU_TIME)
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
