"""Who else uses a disk's file: the locks that QEMU's programs take, taken by us too.

QEMU announces what it does to an image by read locks on single bytes of the file (open file
description locks, fcntl(2); block/file-posix.c names the offsets): byte 100 + p for each permission
p it uses, 200 + p for each that it lets nobody else have. It then looks whether somebody has what
it forbids, or forbids what it uses. A lock belongs to the open file, not to a process: whoever
inherits the descriptor, QEMU or a guest that is a process, holds it too, and when the last of them
has ended the kernel takes it away.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
from collections.abc import Iterator

_USED, _UNSHARED = 100, 200
_CONSISTENT_READ, _WRITE, _RESIZE = 0, 1, 3  # QEMU's BLK_PERM_*, as numbers of bits
_UNLOCKABLE = (errno.EINVAL, errno.ENOLCK, errno.ENOSYS)  # file systems that know no locks
_FLOCK = "hhqqixxxx"


def take(descriptor: int, *, write: bool) -> bool:
    """Claim an open file for a reader or for the one writer; return whether that went well.

    Readers share a file with readers only, a writer with nobody. A file system that knows no locks
    is taken to be free, as QEMU does.
    """
    try:
        for at in _claims(write=write):
            _fcntl(descriptor, fcntl.F_OFD_SETLK, fcntl.F_RDLCK, at)
        return not any(
            _fcntl(descriptor, fcntl.F_OFD_GETLK, fcntl.F_WRLCK, at) != fcntl.F_UNLCK
            for at in _conflicts(write=write)
        )
    except OSError as problem:
        if problem.errno in (errno.EAGAIN, errno.EACCES):
            return False
        if problem.errno in _UNLOCKABLE:
            return True
        raise


def release(descriptor: int) -> None:
    """Give up every claim on an open file, also for those who have inherited the descriptor."""
    with contextlib.suppress(OSError):  # a file system that knows no locks
        _fcntl(descriptor, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, _USED, 2 * (_UNSHARED - _USED))


def _claims(*, write: bool) -> Iterator[int]:
    used = (_CONSISTENT_READ, _WRITE) if write else (_CONSISTENT_READ,)
    yield from (_USED + one for one in used)
    yield from (_UNSHARED + one for one in (_WRITE, _RESIZE))


def _conflicts(*, write: bool) -> Iterator[int]:
    yield from (_USED + one for one in (_WRITE, _RESIZE))
    yield from (_UNSHARED + one for one in ((_CONSISTENT_READ, _WRITE) if write else (0,)))


def _fcntl(descriptor: int, command: int, kind: int, at: int, length: int = 1) -> int:
    """Set or test a lock; return the kind of the lock that is in the way."""
    request = struct.pack(_FLOCK, kind, os.SEEK_SET, at, length, 0)
    return int(struct.unpack(_FLOCK, fcntl.fcntl(descriptor, command, request))[0])
