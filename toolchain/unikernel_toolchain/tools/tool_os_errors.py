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

from .run import CompletedProcess, output_of

# Read in the C locale, which is what programs of a build run in.
_ERRORS = {
    **{
        os.strerror(number): number
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
    },
    "File size limit exceeded": errno.EFBIG,
    # ar, when a disk takes the first part of what it writes and has no room for the rest: write(2)
    # returns a smaller number then, and sets no errno.
    "reason: Success": errno.ENOSPC,
}
_ERROR_LINE = re.compile(
    rf"\b({'|'.join(map(re.escape, _ERRORS))})\b['\"’)]*\.?(?: \(core dumped\))?$", re.MULTILINE
)
_EXCERPT = re.compile(r"^ *\d+ \|.*\n?", re.MULTILINE)  # of a source, which may say anything
_PLACE = re.compile(r'^(?:File ")?[^\n"]+(?:", lines? |:)\d+', re.MULTILINE)
_LEAST_FREE_BYTES = 64 << 10


def check(process: CompletedProcess, folder: Path) -> None:
    """Raise OSError, about `folder`, when a failed program failed for want of room or the like."""
    output = output_of(process)
    number = errno.EFBIG if process.returncode == -signal.SIGXFSZ else _named_in(output)
    if not number and not _PLACE.search(output) and _is_full(folder):
        number = errno.ENOSPC
    if number:
        raise OSError(number, os.strerror(number), str(folder))


def _named_in(output: str) -> int:
    """Return the errno that a line of a program's output ends with, 0 without one."""
    line = _ERROR_LINE.search(_EXCERPT.sub("", output))
    return _ERRORS[line[1]] if line else 0


def _is_full(folder: Path) -> bool:
    """Say whether next to nothing can be written there. Root may use what is kept from others."""
    disk = os.statvfs(folder)
    blocks = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    return blocks * disk.f_frsize < _LEAST_FREE_BYTES or (disk.f_files > 0 and disk.f_favail == 0)
