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
        for name in names(folder, parent)
    }


def of_group(group: int) -> list[str]:
    """Return the names of the processes of a process group that are alive."""
    return [
        name
        for folder in Path("/proc").glob("[0-9]*")
        for name, _, process_group in alive(folder)
        if process_group == group
    ]


def names(folder: Path, parent: int) -> list[str]:
    return [name for name, parent_pid, _ in alive(folder) if parent_pid == parent]


def alive(folder: Path) -> list[tuple[str, int, int]]:
    """Return name, parent and group of a process below /proc, unless it has ended: proc(5)."""
    try:
        name_part, _, rest = (folder / "stat").read_text().rpartition(")")
    except OSError:  # it ended while we looked
        return []
    state, parent, group = rest.split()[:3]
    return [] if state in "ZX" else [(name_part.partition("(")[2], int(parent), int(group))]


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
