"""All that a console showed, in files of the run folder, as far as there is room.

    console.log.7  …  console.log.13  console.log      each a part; the last is written
        └── the oldest goes when there are more than PARTS

Memory has the last megabyte; a guest that writes two a second would leave half a second of itself.
The files are read by other processes by their names, and by ours through descriptors, since the run
folder goes with the machine, and what it said stays.
"""

from __future__ import annotations

import os
import shutil
import threading
import weakref
from collections import deque
from contextlib import ExitStack, suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 30
SHARE = 10  # a log takes no more than one such part of the space that is free
PARTS = 8
_CHUNK = 1 << 20


class ConsoleLog:
    """What one start of a machine wrote, its last parts. Written on the loop's thread."""

    def __init__(self, path: Path) -> None:
        """Begin a log at `path`. Raises OSError when it cannot be made."""
        self._path = path
        limit = min(MOST_BYTES, shutil.disk_usage(path.parent).free // SHARE)
        self._part_bytes = max(1, limit // PARTS)
        self._lock = threading.Lock()
        self._files = deque([self._open()])  # the last is written
        self._rotations = 0
        self.left_out = 0  # bytes of the beginning, and what a full disk did not take
        self.close = weakref.finalize(self, _close, self._files)  # names stay

    def _open(self) -> BinaryIO:
        return self._path.open("wb+", buffering=0)

    def add(self, data: bytes) -> None:
        """Write the next bytes; a disk that is full does not stop the guest."""
        try:
            file = self._files[-1]
            self.left_out += len(data) - (file.write(data) or 0)
            if file.tell() >= self._part_bytes:
                self._rotate()
        except OSError:
            self.left_out += len(data)

    def _rotate(self) -> None:
        self._rotations += 1
        self._path.rename(_part(self._path, self._rotations))
        with self._lock:
            self._files.append(self._open())
            if len(self._files) <= PARTS:
                return
            oldest = self._files.popleft()
        self.left_out += os.fstat(oldest.fileno()).st_size
        oldest.close()
        _part(self._path, self._rotations - PARTS + 1).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[bytes]:
        """Yield what is kept, in chunks. From any thread."""
        with ExitStack() as opened:
            with self._lock:
                parts = [os.dup(file.fileno()) for file in self._files]
            for part in parts:
                opened.callback(os.close, part)
            for part in parts:
                yield from _chunks(part)


def parts_of(path: Path) -> Iterator[bytes]:
    """Yield what another process keeps in its log at `path`, in chunks; nothing without a log.

    The part that is written is opened first: when it is full meanwhile, it is one of the others.
    """
    with ExitStack() as opened, suppress(FileNotFoundError):
        last = opened.enter_context(path.open("rb"))
        parts = []
        found = path.parent.glob(f"{path.name}.*")
        for part in sorted(found, key=lambda part: int(part.suffix[1:])):
            with suppress(FileNotFoundError):  # the oldest went meanwhile
                parts.append(opened.enter_context(part.open("rb")))
        older = takewhile(
            lambda part: not os.path.sameopenfile(part.fileno(), last.fileno()), parts
        )
        for file in (*older, last):
            yield from _chunks(file.fileno())


def _close(files: deque[BinaryIO]) -> None:
    while files:
        files.popleft().close()


def _part(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _chunks(descriptor: int) -> Iterator[bytes]:
    position = 0
    while data := os.pread(descriptor, _CHUNK, position):
        yield data
        position += len(data)
