"""A FAT file system made from a folder, by mtools: a disk image that Fat.FS reads and writes."""

from __future__ import annotations

import fnmatch
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from unikernel_toolchain.data import folder as folders
from unikernel_toolchain.errors import BadRequest, ToolchainError
from unikernel_toolchain.tools import locate, run

MOST_MIB = 1024
SECTOR_BYTES = 512
CLUSTER_BYTES = 4096
ROOM_MIB = 1  # for what the guest adds, besides a quarter of what there is
_FAT32_FROM_MIB = 512
_FIRST_DATE = 315_532_800  # 1980-01-01, the first that FAT has
_SERIAL = "554e494b"


def image(folder: Path, pattern: str) -> bytes:
    """Return a FAT file system of the files and folders whose names match.

    `pattern` is a shell's, for what is right in the folder; what a matching folder has comes whole.
    As in a shell, names that begin with a dot match only patterns that do.

    Raises what folder.read raises, BadRequest for names that FAT has no room for, ToolMissing
    where mtools is not installed.
    """
    into = "a FAT file system"
    entries = [
        entry
        for entry in folders.read(folder, most_mib=MOST_MIB, into=into)
        if _matches(entry.path.partition(b"/")[0], pattern)
    ]
    _check_names(entries, folder)
    with tempfile.TemporaryDirectory(prefix="unikernel-fat-") as place:
        disk = Path(place) / "disk.img"
        with disk.open("wb") as file:
            file.truncate(_size_mib(entries) * folders.MIB)
        _fill(disk, entries, Path(place) / "files")
        return disk.read_bytes()


def _matches(name: bytes, pattern: str) -> bool:
    hidden = name.startswith(b".") and not pattern.startswith(".")
    return not hidden and fnmatch.fnmatchcase(os.fsdecode(name), pattern)


def _size_mib(entries: list[folders.Entry]) -> int:
    """Return how large a file system must be: files in whole clusters, folders with long names."""
    clusters = 0
    for entry in entries:
        clusters += 1 + len(entry.content or b"") // CLUSTER_BYTES
        clusters += 1 if entry.content is None else 0
    names = sum(len(entry.path) * 4 + 96 for entry in entries)
    needed = clusters * CLUSTER_BYTES + names
    return ROOM_MIB + (needed + needed // 4 + folders.MIB - 1) // folders.MIB


def _check_names(entries: list[folders.Entry], folder: Path) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        shown = os.fsdecode(entry.path)
        name = shown.rpartition("/")[2]
        refused = [char for char in name if char in '"*:<>?\\|' or ord(char) < ord(" ")]
        if refused or name != name.rstrip(". "):
            raise BadRequest(
                f"{shown!r} in {folder} is no name for a FAT file system.",
                hint='Names hold none of " * : < > ? \\ | and end in no dot or blank.',
            )
        try:
            name.encode()
        except UnicodeEncodeError:
            raise BadRequest(
                f"{shown!r} in {folder} is no name for a FAT file system: it is not UTF-8."
            ) from None
        other = seen.setdefault(shown.casefold(), shown)
        if other != shown:
            raise BadRequest(
                f"{other!r} and {shown!r} in {folder} differ in case alone: on a FAT file system "
                "they are one name.",
                hint="Rename one of them.",
            )


def _fill(disk: Path, entries: list[folders.Entry], staged: Path) -> None:
    """Format the disk and copy files to it, all dated alike."""
    date = max(_FIRST_DATE, folders.date())
    _stage(entries, staged, date)
    size_mib = disk.stat().st_size // folders.MIB
    kind = ("-F",) if size_mib > _FAT32_FROM_MIB else ()
    sectors = str(size_mib * folders.MIB // SECTOR_BYTES)
    cluster = str(CLUSTER_BYTES // SECTOR_BYTES)
    label = ("-N", _SERIAL, "-c", cluster, "-h", "255", "-s", "63")
    _mtools(disk, date, "mformat", *kind, *label, "-T", sectors, "::")
    top = sorted(staged.iterdir())
    if top:
        _mtools(disk, date, "mcopy", "-s", "-m", "-Q", *map(str, top), "::")


def _stage(entries: list[folders.Entry], staged: Path, date: int) -> None:
    staged.mkdir()
    for entry in entries:
        path = staged / os.fsdecode(entry.path)
        if entry.content is None:
            path.mkdir()
        else:
            path.write_bytes(entry.content)
    for entry in reversed(entries):  # folders after what is in them
        os.utime(staged / os.fsdecode(entry.path), (date, date))


def _mtools(disk: Path, date: int, program: str, *words: str) -> None:
    variables: dict[str, str] = {
        "SOURCE_DATE_EPOCH": str(date),
        "TZ": "UTC",
        "MTOOLSRC": os.devnull,
        "MTOOLS_SKIP_CHECK": "1",
    }
    command: Sequence[str | Path] = (locate.require(program), "-i", disk, *words)
    done = run.run(command, variables=variables)
    if done.returncode:
        raise ToolchainError(
            f"{program}, which makes the FAT file system, ended with status {done.returncode}.",
            detail=run.output_of(done).strip(),
        )
