"""Volume: files on a disk or on a part of it, whatever keeps them in order there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

MOST_ENTRIES = 100_000
PIECE_BYTES = 1 << 20  # in which a file is read


class NotThisKindError(Exception):
    """What is there is no volume of this kind, damaged or not."""


Kind = Literal["file", "folder", "other"]


@dataclass(frozen=True)
class Entry:
    """A file, a folder, or something else, such as a link.

    `path` is as the disk says it, its parts joined by "/" and none in front: a stranger's text.
    `modified` is when it was changed last, in the clock of who did; None when that makes no sense.
    `place` is the volume's own.
    """

    path: str
    kind: Kind
    size_bytes: int
    modified: datetime | None
    place: int


class Volume(ABC):
    """Files, read-only."""

    kind: ClassVar[str]  # in a word, for people
    label: str = ""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Yield what is there, folders before what is in them. Raises DamagedError."""

    @abstractmethod
    def read(self, entry: Entry) -> Iterator[bytes]:
        """Yield a file's contents in pieces. Raises DamagedError."""

    def same(self, one: str, other: str) -> bool:
        """Whether two paths name the same file."""
        return one == other
