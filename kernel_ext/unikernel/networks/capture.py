"""Frames as a file that tcpdump and Wireshark read (draft-ietf-opsawg-pcap, microseconds).

Whoever carries a guest's frames writes it; the guest has no hand in it but by what it sends. The
file is valid at any moment: a frame that cannot be written whole is cut off again, and ends the
file. Nothing waits for a reader (a pipe to Wireshark may have none), since it is the event loop
that writes: what a full pipe does not take ends the capture and not the guest.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
from collections.abc import Callable

from unikernel.errors import NetworkUnavailable

_MAGIC, _VERSION, _LENGTH_MAX, _LINKTYPE_ETHERNET = 0xA1B2C3D4, (2, 4), 0x20000, 1
_FILE_HEADER = struct.Struct("<IHHiIII")
_FRAME_HEADER = struct.Struct("<IIII")


class Capture:
    """One file that is being written."""

    def __init__(self, path: str, ended: Callable[[str], None] = lambda _: None) -> None:
        """Begin the file, or empty the one that is there.

        `ended(why)` is called when no more can be written. Raises NetworkUnavailable.
        """
        self._path = path
        self._ended = ended
        self._size_bytes = 0
        try:
            # A pipe that nobody reads must not be waited for.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK
            self._file: int | None = os.open(path, flags, 0o666)
            try:
                self._write(
                    _FILE_HEADER.pack(_MAGIC, *_VERSION, 0, 0, _LENGTH_MAX, _LINKTYPE_ETHERNET)
                )
            except OSError:
                self.close()
                raise
        except OSError as problem:
            raise NetworkUnavailable(
                f"Frames cannot be written to {path}: {problem.strerror}.",
                hint="Name another file: --pcap DEVICE=FILE",
            ) from problem

    def frame(self, frame: memoryview) -> None:
        """Append a frame. One that cannot be written is the end of the file, and not in it."""
        if self._file is None:
            return
        now_us = time.time_ns() // 1000
        size = len(frame)
        try:
            header = _FRAME_HEADER.pack(now_us // 1_000_000, now_us % 1_000_000, size, size)
            self._write(header, frame)
        except OSError as problem:
            with contextlib.suppress(OSError):  # a pipe's reader has it already
                os.ftruncate(self._file, self._size_bytes)
            self.close()
            self._ended(f"the frames in {self._path} end early: {problem.strerror}")

    def _write(self, *parts: bytes | memoryview) -> None:
        assert self._file is not None
        left = b"".join(parts)
        while left:
            left = left[os.write(self._file, left) :]
        self._size_bytes += sum(map(len, parts))

    def close(self) -> None:
        """End the file; no error if that was done."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
