"""A snapshot of a machine: what is known of it, and its memory as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PAGE_BYTES = 4096


@dataclass(frozen=True)
class Region:
    """A piece of a guest's memory: where the guest has it, and where the file of a copy does."""

    begin: int
    size_bytes: int
    offset: int
    name: str = ""

    @property
    def end(self) -> int:
        """The address behind it."""
        return self.begin + self.size_bytes


@dataclass(frozen=True)
class Snapshot:
    """A machine at one moment.

    `folder` has the copy of its memory and, where it `can_be_restored`, the state of its
    processor and devices. `disks` are those that belong to it, as they are written for `boot`.
    """

    name: str
    machine: str
    folder: Path
    taken_at: float
    regions: tuple[Region, ...]
    stack_pointer: int
    debug_path: Path
    tag: str = ""
    disks: Mapping[str, str] | None = None

    @property
    def can_be_restored(self) -> bool:
        """Whether the machine can go back to it."""
        return bool(self.tag)

    @property
    def memory(self) -> Path:
        """The copy of the memory, with holes where it is zero."""
        return self.folder / "memory"

    @property
    def size_bytes(self) -> int:
        """What it takes on the host's disk."""
        return sum(file.stat().st_blocks * 512 for file in self.folder.iterdir())

    def read(self, address: int, size_bytes: int) -> bytes:
        """Return bytes of the guest's memory as it was; fewer where there is none."""
        for region in self.regions:
            if region.begin <= address < region.end:
                size_bytes = min(size_bytes, region.end - address)
                with self.memory.open("rb") as file:
                    file.seek(region.offset + address - region.begin)
                    return file.read(size_bytes)
        return b""

    def write(self) -> None:
        """Leave what is known of it in its folder, for `read_snapshot`."""
        facts = asdict(self) | {"folder": "", "debug_path": str(self.debug_path)}
        (self.folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def read_snapshot(folder: Path) -> Snapshot:
    """Return the snapshot in a folder. Raises OSError, and ValueError and the like for damage."""
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    regions = tuple(Region(**region) for region in facts.pop("regions"))
    places = {"folder": folder, "debug_path": Path(facts["debug_path"]), "regions": regions}
    return Snapshot(**facts | places)
