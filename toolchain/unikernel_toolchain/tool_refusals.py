"""What the operating system refused a program of a build, which the program then failed for.

Compilers, assemblers, archivers and linkers each say it in a sentence of their own; some notice
nothing until another reads what they wrote, and some die of it.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from pathlib import Path

from .run import Finished

# Read in the C locale, which is what programs of a build run in.
_WORDS = {
    **{
        os.strerror(number): number
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
    },
    "File size limit exceeded": errno.EFBIG,
}
_SAID = re.compile(
    rf"\b({'|'.join(map(re.escape, _WORDS))})\b['\"’)]*\.?(?: \(core dumped\))?$", re.MULTILINE
)
_EXCERPT = re.compile(r"^ *\d+ \|.*\n?", re.MULTILINE)  # of a source, which may say anything
_PLACE = re.compile(r'^(?:File ")?[^\n"]+(?:", lines? |:)\d+', re.MULTILINE)
_LEAST_FREE_BYTES = 64 << 10


def check(finished: Finished, folder: Path) -> None:
    """Raise OSError, about `folder`, when a failed program failed for want of room or the like."""
    number = errno.EFBIG if finished.status == -signal.SIGXFSZ else _said(finished.text)
    if not number and not _PLACE.search(finished.text) and _is_full(folder):
        number = errno.ENOSPC
    if number:
        raise OSError(number, os.strerror(number), str(folder))


def _said(words: str) -> int:
    said = _SAID.search(_EXCERPT.sub("", words))
    return _WORDS[said[1]] if said else 0


def _is_full(folder: Path) -> bool:
    """Say whether next to nothing can be written there. Root may use what is kept from others."""
    disk = os.statvfs(folder)
    blocks = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    return blocks * disk.f_frsize < _LEAST_FREE_BYTES or (disk.f_files > 0 and disk.f_favail == 0)
