"""What the operating system refuses, in sentences: a full disk, a missing right."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Callable, Iterator

from .user_facing_error import UserFacingError

CACHE = "UNIKERNEL_CACHE"
NAMED = ""  # instead of a setting: the place is one that whoever asked named

# What stands for {choose}, in the middle of a sentence, says how another place is chosen.
_ROOM = "Make room, or {choose} a folder on another disk."
_RIGHTS = "{choose} a folder that you can write to."
_IN_THE_WAY = "Look what it is and remove it, or {choose} another folder."
_LIMITS = "End what is not needed, or raise the limit: ulimit -n."
_REFUSALS = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("your quota of the disk is used up", _ROOM),
    errno.EFBIG: ("the file would be larger than the limit for files (ulimit -f)", _ROOM),
    errno.EROFS: ("the file system is read-only", _RIGHTS),
    errno.EACCES: ("permission denied", _RIGHTS),
    errno.EPERM: ("it is not permitted", _RIGHTS),
    errno.ENOTDIR: ("a file is in the way, where a folder should be", _IN_THE_WAY),
    errno.EEXIST: ("something else is in the way there", _IN_THE_WAY),
    errno.ELOOP: ("symbolic links lead in a circle", _IN_THE_WAY),
    errno.ENAMETOOLONG: ("the name is too long", _RIGHTS),
    errno.EMFILE: ("this process has too many files open", _LIMITS),
    errno.ENFILE: ("the host has too many files open", _LIMITS),
    errno.ENOMEM: ("the host is out of memory", "End what is not needed."),
    errno.EIO: ("the disk does not work: input/output error", _ROOM),
    errno.ESTALE: ("the file server has forgotten it", _ROOM),
}
# They tell of a peer or of a caller, not of the host.
_OTHERS = (
    BrokenPipeError,
    ConnectionError,
    InterruptedError,
    TimeoutError,
    subprocess.SubprocessError,
)


def reason(problem: OSError) -> str:
    """Return why the operating system refused, as a phrase."""
    phrase, _ = _REFUSALS.get(problem.errno or 0, ("", ""))
    return phrase or problem.strerror or str(problem) or type(problem).__name__


def explain(
    problem: OSError, doing: str, error: Callable[..., UserFacingError], setting: str = CACHE
) -> UserFacingError:
    """Return the `error` that says what was being done, at which file, and what was refused.

    `setting` is the environment variable that names another place, NAMED where the user did.
    """
    where = (
        f"{os.fsdecode(problem.filename)}: " if isinstance(problem.filename, str | bytes) else ""
    )
    _, hint = _REFUSALS.get(problem.errno or 0, ("", ""))
    hint = hint.format(choose=f"set {setting} to" if setting else "name")
    return error(f"{doing}: {where}{reason(problem)}.", hint=hint[:1].upper() + hint[1:])


@contextlib.contextmanager
def raised_as(
    doing: str, error: Callable[..., UserFacingError], setting: str = CACHE
) -> Iterator[None]:
    """Raise an OSError of the block as `error`, see `explain`."""
    try:
        yield
    except _OTHERS:
        raise
    except OSError as problem:
        raise explain(problem, doing, error, setting) from problem
