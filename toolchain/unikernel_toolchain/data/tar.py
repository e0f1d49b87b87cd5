"""An archive made from a folder: a disk image that Tar_mirage reads."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from unikernel_toolchain.data import folder as folders

MOST_MIB = 1024


def image(folder: Path) -> bytes:
    """Return a pax archive of all files and folders, a multiple of 10,240 bytes long.

    Raises what folder.read raises.
    """
    date = folders.date()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in folders.read(folder, most_mib=MOST_MIB, into="an archive"):
            member = tarfile.TarInfo(os.fsdecode(entry.path))
            member.mtime = date
            if entry.content is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(member)
            else:
                member.size, member.mode = len(entry.content), 0o644
                tar.addfile(member, io.BytesIO(entry.content))
    return archive.getvalue()
