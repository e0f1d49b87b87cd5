"""A tar archive that is all of a disk, read by Python's tarfile, which gets what it needs, no more.

tarfile takes the sizes in headers at their word, for names in pax headers too, and reads that much
at once: Source refuses what is too large. What it raises for headers that make no sense is not said
in one place, and is told here as one thing.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from datetime import datetime

from .source import DamagedError, Source
from .volume import MOST_ENTRIES, PIECE_BYTES, Entry, NotThisKindError, Volume

_BLOCK = 512
_SENSELESS = (
    *(tarfile.TarError, ValueError, KeyError, IndexError, OverflowError, AttributeError),
    *(TypeError, EOFError, RecursionError, OSError),
)


class TarArchive(Volume):
    """A tar archive: ustar, pax, GNU."""

    kind = "tar archive"

    def __init__(self, source: Source) -> None:
        """Look at the first header. Raises NotThisKindError for one that is none."""
        self._source = source
        first = source.read(0, min(_BLOCK, source.size_bytes))
        try:
            tarfile.TarInfo.frombuf(first, "utf-8", "surrogateescape")
        except _SENSELESS as problem:
            raise NotThisKindError("there is no header of a tar archive") from problem

    def entries(self) -> Iterator[Entry]:
        """Yield what is there, folders before what is in them. Raises DamagedError."""
        with self._told(), tarfile.open(fileobj=_File(self._source), mode="r:") as archive:
            for _ in range(MOST_ENTRIES):
                member = archive.next()
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
                if member is None:
                    return
                if (entry := _entry(member)).path:  # "./", the folder that was archived, has none
                    yield entry
            raise DamagedError(f"there are more than {MOST_ENTRIES:,} files")

    def read(self, entry: Entry) -> Iterator[bytes]:
        """Yield a file's contents in pieces. Raises DamagedError."""
        start = _File(self._source, entry.place)
        with self._told(), tarfile.open(fileobj=start, mode="r:") as archive:
            member = archive.next()
            file = archive.extractfile(member) if member and member.isreg() else None
            while file and (piece := file.read(PIECE_BYTES)):
                yield piece

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _SENSELESS as problem:
            raise DamagedError(f"the tar archive makes no sense: {problem}") from problem


def _entry(member: tarfile.TarInfo) -> Entry:
    path = "/".join(part for part in member.name.split("/") if part not in ("", "."))
    when = None
    with contextlib.suppress(ValueError, OverflowError, OSError):
        when = datetime.fromtimestamp(member.mtime)  # noqa: DTZ006 (as ls shows it)
    if member.isdir():
        return Entry(path, "folder", 0, when, member.offset)
    return Entry(path, "file" if member.isreg() else "other", member.size, when, member.offset)


class _File(io.RawIOBase):
    """A source as a file, which is what tarfile reads."""

    def __init__(self, source: Source, at: int = 0) -> None:
        self._source = source
        self._at = at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size_bytes}
        self._at = base[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(self._source.size_bytes - self._at, 0)
        data = self._source.read(self._at, left if size < 0 else min(size, left))
        self._at += len(data)
        return data
