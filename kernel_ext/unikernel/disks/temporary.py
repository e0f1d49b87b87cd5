"""Files of a machine's moment: they have no name, and are gone with their last descriptor."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import qcow2

VARIABLE = "TMPDIR"
LARGE_TEMPORARY_FILES = Path("/var/tmp")  # noqa: S108 (the files there have no name; FHS 3.0, 5.15)


def folder() -> Path:
    """Return $TMPDIR, else where the host wants large files to be.

    What is temporary is often in memory, and a disk may be larger than that.
    """
    named = os.environ.get(VARIABLE)
    if named or not LARGE_TEMPORARY_FILES.is_dir():
        return Path(named or tempfile.gettempdir())
    return LARGE_TEMPORARY_FILES


def file(size_bytes: int) -> int:
    """Return the descriptor of a file without a name, which takes the room that is written to."""
    with tempfile.TemporaryFile(dir=folder()) as made:
        descriptor = os.dup(made.fileno())
    try:
        os.ftruncate(descriptor, size_bytes)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def copy(source: int, size_bytes: int) -> int:
    """Return the descriptor of a copy without a name, with the holes of what it was copied from."""
    copied = file(size_bytes)
    try:
        for start, end in _written(source, size_bytes):
            at = os.lseek(copied, start, os.SEEK_SET)
            while at < end and (done := os.sendfile(copied, source, at, end - at)):
                at += done  # of a file that was cut short meanwhile zeroes follow
        os.lseek(copied, 0, os.SEEK_SET)
    except BaseException:
        os.close(copied)
        raise
    return copied


def _written(descriptor: int, size_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of what a sparse file holds (lseek(2))."""
    end = 0
    while end < size_bytes:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            return
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size_bytes)
        yield start, end


def overlay(size_bytes: int) -> int:
    """Return the descriptor of a file without a name for what is written to a snapshot."""
    descriptor = file(0)
    try:
        qcow2.create(descriptor, size_bytes)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
