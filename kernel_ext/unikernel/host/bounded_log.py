"""A log of which the beginning and the end are kept, in memory and in a file.

What is written there is a guest's to cause, so it is bounded: QEMU complains of every descriptor
that makes no sense, megabytes a second if a guest wants it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import BinaryIO

KEPT_BYTES = 1 << 16  # of the beginning, and as much of the end
_FILE_BYTES = 4 * KEPT_BYTES  # at which the file is written anew


class BoundedLog:
    """Bytes that come in pieces of any size; those in the middle are counted and forgotten."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep a file at `path` as well. Raises OSError when it cannot be made."""
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0
        self._file: BinaryIO | None = path.open("wb", buffering=0) if path else None

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        room = KEPT_BYTES - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * KEPT_BYTES:
            self._forget()
        if self._file:
            with contextlib.suppress(OSError):  # a full disk must not stop the guest
                self._file.write(data[-_FILE_BYTES:])
                if self._file.tell() > _FILE_BYTES:
                    self._write_anew(self._file)

    def _forget(self) -> None:
        excess = max(0, len(self._tail) - KEPT_BYTES)
        del self._tail[:excess]
        self._left_out += excess

    def contents(self) -> bytes:
        """Return what is kept, with a mark where something is left out."""
        self._forget()
        mark = f"\n[{self._left_out:,} bytes left out]\n" if self._left_out else ""
        return bytes(self._head) + mark.encode() + bytes(self._tail)

    def _write_anew(self, file: BinaryIO) -> None:
        file.seek(0)
        file.write(self.contents())
        file.truncate()

    def close(self) -> None:
        """Close the file, which then holds what is kept; no error if that was done."""
        if self._file:
            with contextlib.suppress(OSError):
                if self._left_out:
                    self._write_anew(self._file)
            self._file.close()
            self._file = None
