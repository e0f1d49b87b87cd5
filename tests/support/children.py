"""Children of a process: who they are, and whether they are gone."""

import os
import select
from collections.abc import Iterable
from pathlib import Path


def children(parent: int) -> dict[int, str]:
    """Return the names of a process's children that are alive, by pid."""
    return {
        int(folder.name): name
        for folder in Path("/proc").glob("[0-9]*")
        for name, parent_pid in alive(folder)
        if parent_pid == parent
    }


def alive(folder: Path) -> list[tuple[str, int]]:
    """Return name and parent of a process below /proc, unless it has ended: proc(5)."""
    try:
        name_part, _, rest = (folder / "stat").read_text().rpartition(")")
    except OSError:  # it ended while we looked
        return []
    state, parent = rest.split()[:2]
    return [] if state in "ZX" else [(name_part.partition("(")[2], int(parent))]


class Watched:
    """Processes that are to end."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._ends = [os.pidfd_open(pid) for pid in pids]

    def __len__(self) -> int:
        return len(self._ends)

    def end_within(self, seconds: float) -> bool:
        """Whether each has ended that long after the one before at the latest."""
        ended = [bool(select.select([end], [], [], seconds)[0]) for end in self._ends]
        for end in self._ends:
            os.close(end)
        return all(ended)
