"""Whether what the cache holds is what was put there.

A folder that is finished is sealed: its manifest names every file with its size, its SHA-256 and
whether it is a program, its owner can read it, others lose the right to write to it, and all of it
is on the disk before it is put in its place. Whoever uses the folder asks for its damage first. The
files are read once in a process; after that, what the file system says of them (size, times, inode,
owner) tells whether they have changed. The time of change (ctime) cannot be set by a program, so a
file that was altered and dated back is read again.

    draft ──seal──▶ sealed ──read, and as in the manifest──▶ verified (in this process)
                      ▲                                         │
                      └───── what the file system says changed ──┘

A record is a small file with its own digest in front.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from unikernel_toolchain.errors import ToolchainError

from . import cache

MANIFEST = "manifest.json"
MARKS = "marks.json"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# File systems count time in steps. A file that is younger could change again within one.
_STEP_NS = 2_000_000_000
_log = logging.getLogger(__name__)

Mark = tuple[int, ...]
_CHANGED = 2  # where a mark has the time of change
_verified: dict[
    Path, dict[str, Mark]
] = {}  # by folder, the marks of files that were read and right


class Damaged(ValueError):
    """What is wrong with a folder or a record."""


def seal(folder: Path) -> None:
    """Write the manifest of a finished folder, and have everything in it on the disk."""
    # Files are on the disk before the manifest, and the manifest before the folder gets its name: a
    # power failure leaves no folder that looks finished and is not.
    contents = {}
    for path in sorted(_files(folder)):
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            mode = (stat.S_IMODE(status.st_mode) | stat.S_IRUSR) & ~_OTHERS_WRITE
            os.fchmod(file.fileno(), mode)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        is_program = bool(mode & stat.S_IXUSR)
        contents[str(path.relative_to(folder))] = [status.st_size, digest, is_program]
    write_record(folder / MANIFEST, contents)
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)  # noqa: PTH101, S103 (others look, and do not write)
        cache.sync(Path(place))


def _files(folder: Path) -> Iterator[Path]:
    return (
        path for path in folder.rglob("*") if path.is_file() and path.name not in {MANIFEST, MARKS}
    )


def damage(folder: Path) -> str:
    """Return what is wrong with a sealed folder, as a clause; "" when it is as it was sealed.

    Raises ToolchainError when it is another user's, or cannot be closed to others.
    """
    cache.check(folder)  # who can write to the folder can exchange files whatever their marks
    marks = _verified.get(folder)
    try:
        if marks is None or _marks(folder, marks) != marks:
            _verified.pop(folder, None)
            _examine(folder)
    except Damaged as found:
        return str(found)
    except OSError as problem:
        return f"{Path(problem.filename or folder).name} cannot be read: {problem.strerror}"
    return ""


def _examine(folder: Path) -> None:
    """Read everything, and remember its marks if it is right."""
    contents = _manifest(folder)
    # Taken before the files are read: what changes meanwhile has another mark the next time.
    marks = _marks(folder, [*contents, MANIFEST])
    for name, (size, digest, is_program) in contents.items():
        _compare(folder / name, size, digest, is_program)
    newest_ns = max(mark[_CHANGED] for mark in marks.values())
    if newest_ns + _STEP_NS < time.time_ns():
        _verified[folder] = marks


def remember(folder: Path) -> None:
    """Have the next process trust marks as this one does: for what takes seconds to read.

    The folder is sealed. Raises OSError and ToolchainError.
    """
    marks = _marks(folder, [*_manifest(folder), MANIFEST])
    write_record(folder / MARKS, marks)


def damage_as_remembered(folder: Path) -> str:
    """Return what `damage` does, and read nothing when all marks are as they were remembered."""
    if folder in _verified:
        return damage(folder)
    cache.check(folder)
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
        remembered = {name: tuple(mark) for name, mark in read_record(folder / MARKS).items()}
        complete = remembered.keys() >= {MANIFEST, *_manifest(folder)}
        if complete and remembered == _marks(folder, remembered):
            _verified[folder] = remembered
            return ""
    found = damage(folder)
    if not found:
        with contextlib.suppress(OSError, ToolchainError):  # unkept, it is read again
            remember(folder)
    return found


def _manifest(folder: Path) -> dict[str, tuple[int, str, bool]]:
    """Return size, digest and whether it is a program, by name."""
    contents = read_record(folder / MANIFEST)
    try:
        return {
            str(name): (int(size), str(digest), bool(is_program))
            for name, (size, digest, is_program) in contents.items()
        }
    except (AttributeError, TypeError, ValueError):
        raise Damaged(f"{MANIFEST} makes no sense, or is an earlier release's") from None


def _compare(path: Path, size: int, digest: str, is_program: bool) -> None:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        found = status.st_size
        if found != size:
            raise Damaged(
                f"{path.name} is {'empty' if not found else f'{found:,} bytes'}, not {size:,} bytes"
            )
        if is_program and not status.st_mode & stat.S_IXUSR:
            raise Damaged(f"{path.name} is a program, and cannot be run any more")
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise Damaged(f"{path.name} has other contents than were written")


def _marks(folder: Path, names: Mapping[str, Any] | list[str]) -> dict[str, Mark]:
    trusted = cache.trusted()
    return {name: _mark(f"{folder}/{name}", trusted) for name in names}


def _mark(path: str, trusted: tuple[int, ...]) -> Mark:
    """Return what the file system says of a file. Raises Damaged when it can be anybody's.

    A build asks thousands of them: making a Path of each would take longer than to look.
    """
    name = path.rpartition("/")[2]
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise Damaged(f"{name} is missing") from None
    if not stat.S_ISREG(found.st_mode):
        raise Damaged(f"{name} is no file")
    if found.st_mode & _OTHERS_WRITE or found.st_uid not in trusted:
        raise Damaged(f"others can write to {name}")
    if not found.st_mode & stat.S_IRUSR:  # which root could do without
        raise Damaged(f"{name} cannot be read any more")
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino,
            found.st_mode, found.st_uid)  # fmt: skip


def renew(folder: Path, what: str, make: Callable[[Path], None]) -> None:
    """Have `make(draft)` make the contents of a folder, and put them in its place, sealed.

    When what stood there was damaged, that is said once it is mended; `what` is the folder's name
    for people. The caller holds the folder's lock.
    """
    found = damage(folder) if folder.exists() else ""
    with cache.new_folder(folder) as draft:
        make(draft)
        seal(draft)
        cache.move_into_place(draft, folder)
    if found:
        _log.warning("The cache was damaged: %s: %s. It was built again.", what, found)


# ---- records


def write_record(path: Path, value: object) -> None:
    """Write a JSON value with its digest in front."""
    text = json.dumps(value, indent=1) + "\n"
    cache.write_atomically(path, f"{_digest(text)}\n{text}")


def read_record(path: Path) -> Any:
    """Return the value of a record. Raises Damaged, which is a ValueError, and OSError."""
    try:
        digest, _, text = path.read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        raise Damaged(f"{path.name} is missing") from None
    except UnicodeDecodeError:
        raise Damaged(f"{path.name} is no text") from None
    if _digest(text) != digest:
        raise Damaged(f"{path.name} is not as it was written")
    return json.loads(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
