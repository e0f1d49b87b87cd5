"""Files that people ask for: whole or not at all, and an older one stays until then."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from unikernel.errors import UsageError
from unikernel_toolchain.messages import os_errors

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def saved(path: str | Path) -> Iterator[Path]:
    """Yield what to write instead of `path`; it takes its place, and its mode, at the end.

    It has the suffix of `path`. A device, or a file in a folder that takes no other, is written
    itself. Raises UsageError when the operating system refuses, also within the block.
    """
    try:
        place = Path(os.path.realpath(path))
        check_place(path)
        if place.exists() and not (place.is_file() and os.access(place.parent, os.W_OK)):
            yield place
        else:
            with _beside(place) as draft:
                yield draft
    except OSError as problem:
        full = problem.errno in _NO_ROOM
        hint = "Make room, or name a file on another disk." if full else "Name another file."
        raise _refused(path, os_errors.reason(problem), hint) from problem


def check_place(path: str | Path) -> None:
    """Raise UsageError when there is no folder that a file could be written in, or it is one."""
    place = Path(os.path.realpath(path))
    if not place.parent.is_dir():
        raise _refused(path, f"there is no folder {place.parent}", "Make it, or name another.")
    if place.is_dir():
        raise _refused(path, "it is a directory", "Name a file in it.")
    takes = place if place.exists() else place.parent
    if not os.access(takes, os.W_OK) and not os.access(place.parent, os.W_OK):
        raise _refused(path, "permission denied", "Name another file.")


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Path]:
    draft = place.with_name(f".{secrets.token_hex(8)}{place.suffix}")
    try:
        yield draft
        if place.exists():
            draft.chmod(place.stat().st_mode)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _refused(path: str | Path, why: str, hint: str) -> UsageError:
    return UsageError(f"Cannot write {path}: {why}.", hint=hint)
