"""Reads a folder whole, links followed inside of it, in the order of names' bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unikernel_toolchain.errors import BadRequest, ToolchainError

MIB = 1024 * 1024
MOST_ENTRIES = 200_000  # links inside of it can make a small folder a large one


@dataclass(frozen=True)
class Entry:
    """A file or a folder: its path from the top, with "/" between names, as the host has it."""

    path: bytes
    content: bytes | None  # None of a folder


def read(folder: Path, *, most_mib: int, into: str) -> list[Entry]:
    """Return all that is in a folder, folders before what is in them.

    Raises BadRequest where there is no such folder, where a link leads out of it, in a circle or
    nowhere, where something is neither file nor folder, and for more than `most_mib` in files or
    MOST_ENTRIES of them; ToolchainError for what cannot be read. `into` says in messages what is
    made of it.
    """
    try:
        top = folder.resolve(strict=True)
    except OSError as problem:
        raise BadRequest(
            f"{folder}, to become {into}, cannot be read: {problem.strerror}.",
            hint="Is the folder's name spelled as it is on the disk?",
        ) from problem
    if not top.is_dir():
        raise BadRequest(f"{folder}, to become {into}, is not a folder.")
    found: list[Entry] = []
    size = 0
    for entry in _below(top, b"", top, into):
        size += len(entry.content or b"")
        if size > most_mib * MIB or len(found) == MOST_ENTRIES:
            raise BadRequest(
                f"{folder} has more than {most_mib} MiB of files, or more than {MOST_ENTRIES:,} of "
                f"them: too much for {into}.",
                hint="Put large data on a block device of its own.",
            )
        found.append(entry)
    return found


def _below(folder: Path, inside: bytes, top: Path, into: str) -> Iterator[Entry]:
    try:
        paths = sorted(folder.iterdir(), key=os.fsencode)
    except OSError as problem:
        raise _unreadable(folder, into, problem) from problem
    for path in paths:
        shown = inside + os.fsencode(path.name)
        real, mode = _followed(path, top, into)
        if stat.S_ISDIR(mode):
            if real == folder or real in folder.parents:
                raise BadRequest(
                    f"{path}, to become part of {into}, leads back to a folder that it is in.",
                    hint="Remove the link.",
                )
            yield Entry(shown, None)
            yield from _below(real, shown + b"/", top, into)
        elif stat.S_ISREG(mode):
            yield Entry(shown, _content(real, into))
        else:
            raise BadRequest(f"{path}, to become part of {into}, is neither a file nor a folder.")


def _followed(path: Path, top: Path, into: str) -> tuple[Path, int]:
    """Return what a name stands for, links followed, and its mode."""
    try:
        real = path.resolve(strict=True)
        mode = real.lstat().st_mode
    except RuntimeError:  # of older Pythons
        raise BadRequest(f"{path}, to become part of {into}, is a link in a circle.") from None
    except OSError as problem:
        raise _unreadable(path, into, problem) from problem
    if real != top and top not in real.parents:
        raise BadRequest(
            f"{path} is a link that leads out of its folder, to {real}: it does not become part of "
            f"{into}.",
            hint="Copy the file to where the link is.",
        )
    return real, mode


def _content(path: Path, into: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise _unreadable(path, into, problem) from problem


def _unreadable(path: Path, into: str, problem: OSError) -> ToolchainError:
    return ToolchainError(f"{path}, to become part of {into}, cannot be read: {problem.strerror}.")


def date() -> int:
    """Return SOURCE_DATE_EPOCH, seconds since 1970-01-01 UTC; 0 where it is not set."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not text.isascii() or not text.isdigit():
        raise BadRequest(
            f"SOURCE_DATE_EPOCH is {text!r}: seconds since 1970-01-01 UTC are expected.",
            hint="Correct or unset the environment variable.",
        )
    return int(text)
