"""What differs between two copies of a guest's memory, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .snapshots import PAGE_BYTES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Area:
    """A part of memory by what it is: of how many pages how many differ, and in how many bytes."""

    kind: str
    name: str
    first_address: int
    pages: int
    bytes: int


@dataclass(frozen=True)
class Line:
    """Sixteen bytes that differ, as they were and as they are."""

    address: int
    where: str
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Span:
    """Memory in equal parts, by address: which share of the pages of each differs."""

    begin: int
    end: int
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Difference:
    """What differs between two snapshots of one machine.

    `areas` are those with differences, the largest first; `lines` the first that differ.
    `remarks` say what was not looked at.
    """

    before: str
    after: str
    pages: int
    changed_pages: int
    areas: tuple[Area, ...]
    lines: tuple[Line, ...]
    spans: tuple[Span, ...]
    remarks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What differs, in a line."""
        of = f"{self.pages:,} pages of {PAGE_BYTES:,} bytes"
        return f"{self.before} → {self.after}: {self.changed_pages:,} of {of} differ"

    def to_frame(self) -> pd.DataFrame:
        """Return the areas as a pandas DataFrame, a row each."""
        import pandas as pd

        return pd.DataFrame([asdict(area) for area in self.areas])
