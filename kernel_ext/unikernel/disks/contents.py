"""Contents of a disk: what is on it, read without root, without mounting, without believing it.

A FAT file system or a tar archive may fill a disk or a partition of it. Files on partitions have
paths that begin with the partition, as in `p1/boot/config`. A guest may be writing meanwhile: then
what is read is of no one moment, and may seem damaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from unikernel.errors import DiskUnavailable, did_you_mean
from unikernel.model.block import Block, parse_each
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.visible import visible

from . import qcow2
from .areas import Area, areas_of, source_of
from .source import DamagedError
from .volume import Entry

LARGEST_READ_BYTES = 64 << 20  # of `read`, which holds a file in memory


@dataclass(frozen=True)
class Extracted:
    """What was extracted: how many files and bytes, and the paths that were left out."""

    files: int
    size_bytes: int
    left_out: tuple[str, ...]


class DiskContents:
    """The files on a disk. As a context manager, it is closed with the block."""

    def __init__(self, block: Block, descriptors: tuple[int, ...]) -> None:
        """Look at an open disk, see `Disk`; the descriptors are this object's from now on.

        Raises DiskUnavailable.
        """
        self.block = block
        self._descriptors = descriptors
        try:
            self._source = source_of(block, *descriptors)
            self.table, self.areas = areas_of(self._source)
        except (DamagedError, qcow2.NotUsableError, OSError) as problem:
            self.close()
            raise self._unreadable(problem) from problem

    @property
    def size_bytes(self) -> int:
        """The size of the disk."""
        return self._source.size_bytes

    @property
    def used_bytes(self) -> int:
        """The room that it takes on the host."""
        return sum(os.fstat(one).st_blocks * 512 for one in self._descriptors)

    def files(self, path: str = "") -> Iterator[Entry]:
        """Yield every file and folder, or those at and below a path.

        Raises DiskUnavailable when there are none to read.
        """
        wanted = _normal(path)
        for area in self._readable():
            try:
                for entry in area.volume.entries() if area.volume else ():
                    found = _prefixed(entry, area.prefix)
                    if not wanted or _is_at_or_below(found.path, wanted):
                        yield found
            except (DamagedError, OSError) as problem:
                raise self._unreadable(problem) from problem

    def read(self, path: str) -> bytes:
        """Return a file's contents.

        Raises DiskUnavailable when there is none, and for one larger than 64 MiB.
        """
        area, entry = self._find(path)
        if entry.size_bytes > LARGEST_READ_BYTES:
            raise DiskUnavailable(
                f"{visible(path)} has {entry.size_bytes:,} bytes, which is much to hold at once.",
                hint="Extract it: disk extract",
            )
        return b"".join(self._pieces(area, entry))

    def extract(self, folder: str | Path, path: str = "") -> Extracted:
        """Write the files, or those at and below `path`, into a folder that is new or empty.

        Links and names that no file of the host should have are left out. No more is written than
        the disk has bytes. Raises DiskUnavailable.
        """
        target = Path(folder)
        doing = f"{target} cannot be filled"
        with os_errors.raised_as(doing, DiskUnavailable, os_errors.NAMED):
            target.mkdir(parents=True, exist_ok=True)
            if any(target.iterdir()):
                raise DiskUnavailable(
                    f"{target} is not empty.", hint="Name a new folder: nothing is overwritten."
                )
            return self._extract(target, path)

    def _extract(self, target: Path, path: str) -> Extracted:
        files = written = 0
        left_out: list[str] = []
        for entry in self.files(path):
            place = _place(target, entry)
            try:
                if place is None:
                    left_out.append(entry.path)
                elif entry.kind == "folder":
                    place.mkdir(parents=True, exist_ok=True)
                else:
                    written += self._write(place, entry, self.size_bytes - written)
                    files += 1
            except (FileExistsError, IsADirectoryError, NotADirectoryError):
                left_out.append(entry.path)  # a file and a folder of one name
        if _normal(path) and not (files or left_out):
            self._find(path)
        return Extracted(files, written, tuple(left_out))

    def _write(self, place: Path, entry: Entry, room: int) -> int:
        """Write one file; return how many bytes it has. What is there is ours: no link is made."""
        if entry.size_bytes > room:
            raise DiskUnavailable(
                f"The files of {self._name} together are larger than the disk: it is damaged, or "
                "made to fill another.",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        area, inner = self._inner(entry)
        count = 0
        with place.open("wb") as file:
            for piece in self._pieces(area, inner):
                count += file.write(piece)
        return count

    def _pieces(self, area: Area, entry: Entry) -> Iterator[bytes]:
        assert area.volume
        try:
            yield from area.volume.read(entry)
        except DamagedError as problem:
            raise self._unreadable(problem) from problem

    def _find(self, path: str) -> tuple[Area, Entry]:
        wanted, seen = _normal(path), []
        for entry in self.files():
            area, inner = self._inner(entry)
            if area.volume and area.volume.same(entry.path, wanted):
                if entry.kind == "file":
                    return area, inner
                what = "a folder" if entry.kind == "folder" else "no plain file"
                raise DiskUnavailable(f"{visible(path)} on {self._name} is {what}.")
            seen.append(entry.path)
        hint = did_you_mean(visible(path), map(visible, seen[:1000])) if len(seen) < 40 else ""
        raise DiskUnavailable(
            f"There is no file {visible(path)} on {self._name}.", hint=hint or "See: disk ls"
        )

    def _inner(self, entry: Entry) -> tuple[Area, Entry]:
        """Return the area that an entry of `files` is in, and the area's own entry."""
        for area in self.areas:
            if area.volume and entry.path.startswith(area.prefix):
                path = entry.path.removeprefix(area.prefix)
                return area, Entry(path, entry.kind, entry.size_bytes, entry.modified, entry.place)
        raise AssertionError(entry)

    def _readable(self) -> list[Area]:
        found = [area for area in self.areas if area.volume]
        if not found:
            problems = "; ".join(area.problem for area in self.areas if area.problem)
            raise DiskUnavailable(
                f"No files are found on {self._name}{': ' if problems else ''}{problems}.",
                hint="FAT and tar are read here. A store of its own is read by its program.",
            )
        return found

    @property
    def _name(self) -> str:
        return visible(self.block.file) or "the disk"

    def _unreadable(self, problem: Exception) -> DiskUnavailable:
        why = os_errors.reason(problem) if isinstance(problem, OSError) else str(problem)
        return DiskUnavailable(
            f"{self._name} cannot be read: {visible(why)}.",
            hint="A machine that writes to it meanwhile may be why: pause or stop it first.",
        )

    def close(self) -> None:
        """Let go of the disk; no error if that was done."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = ()

    def __del__(self) -> None:
        """Leave nothing open of one that is looked at and forgotten, as in a notebook."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def contents(file: str | Path | Block) -> DiskContents:
    """Return what is on the disk in a file, raw or qcow2 by its name, as `--block` takes it.

    The file may be a running machine's. Raises DiskUnavailable, and UsageError for what names none.
    """
    block = parse_each({"": file})[""]
    if not block.file:
        what = "No disk" if block.empty else f"A fresh disk of {block}"
        raise DiskUnavailable(f"{what} has no contents.", hint=f"A file of that name: ./{block}")
    return _opened(block, [block.file])


def held(block: Block, pid: int, descriptors: Iterable[int]) -> DiskContents:
    """Return what is on a disk that a process of this user has open, with or without a name.

    It is opened anew through /proc (proc(5)): to read only, and without a claim on it.
    """
    return _opened(block, [f"/proc/{pid}/fd/{number}" for number in descriptors])


def _opened(block: Block, paths: Iterable[str]) -> DiskContents:
    descriptors: list[int] = []
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        descriptors.extend(os.open(path, flags) for path in paths)  # each kept as it is opened
    except OSError as problem:
        for one in descriptors:
            os.close(one)
        raise DiskUnavailable(
            f"{visible(block.file) or 'The disk'} cannot be read: {os_errors.reason(problem)}."
        ) from problem
    return DiskContents(block, tuple(descriptors))


def _prefixed(entry: Entry, prefix: str) -> Entry:
    path = prefix + entry.path
    return Entry(path, entry.kind, entry.size_bytes, entry.modified, entry.place)


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _is_at_or_below(path: str, top: str) -> bool:
    parts, above = PurePosixPath(path.casefold()).parts, PurePosixPath(top.casefold()).parts
    return parts[: len(above)] == above


def _place(target: Path, entry: Entry) -> Path | None:
    """Return where a file goes in a folder of the host; None for one that is left out."""
    parts: Iterable[str] = entry.path.split("/")
    odd = any(part in ("", ".", "..") or part != visible(part) or len(part) > 200 for part in parts)
    return None if odd or entry.kind == "other" else target.joinpath(*parts)
