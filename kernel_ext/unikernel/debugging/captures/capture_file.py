"""Frames out of a pcap file, which may be damaged, huge, or written this very moment.

Source: draft-ietf-opsawg-pcap: a header of 24 bytes, then records with a header of 16 bytes each;
the first four bytes tell the byte order and whether times have micro- or nanoseconds. Hand-written:
dpkt's reader believes a length of four gigabytes, and raises where the last record is half there.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from unikernel.errors import UsageError

MOST_FRAME_BYTES = 1 << 18  # as tcpdump and Wireshark write at most
_HEADER_BYTES, _RECORD_BYTES = 24, 16
_ORDERS = {  # by the first four bytes: byte order, and parts of a second
    b"\xd4\xc3\xb2\xa1": ("<", 1e6),
    b"\xa1\xb2\xc3\xd4": (">", 1e6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e9),
    b"\xa1\xb2\x3c\x4d": (">", 1e9),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_ETHERNET = 1


@dataclass(frozen=True)
class Frame:
    """A frame: when it was seen, what was kept of it, and how long it was on the wire."""

    time_s: float
    data: bytes
    length_bytes: int


class CaptureFile:
    """An open capture. `damage` says, once all was read, where it does not go on and why."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Read the header. Raises UsageError when it is none of a pcap file of Ethernet."""
        self._file = file
        self.damage = ""
        header = file.read(_HEADER_BYTES)
        if header[:4] == _PCAPNG:
            raise UsageError(
                f"{name} is a pcapng file, and pcap files are read here.",
                hint=f"editcap -F pcap {name} other.pcap makes one of it (Wireshark's editcap).",
            )
        if len(header) < _HEADER_BYTES or header[:4] not in _ORDERS:
            raise UsageError(
                f"{name} is no capture: it does not begin as a pcap file does.",
                hint="boot --pcap DEVICE=FILE writes one, and tcpdump -w.",
            )
        order, self._parts = _ORDERS[header[:4]]
        self._record = struct.Struct(f"{order}IIII")
        (link,) = struct.unpack_from(f"{order}I", header, 20)
        if link & 0xFFFF != _ETHERNET:
            raise UsageError(f"{name} has frames of link type {link & 0xFFFF}, not of Ethernet.")

    def frames(self) -> Iterator[Frame]:
        """Yield the frames up to the end, or to where the file is damaged."""
        while header := self._file.read(_RECORD_BYTES):
            if len(header) < _RECORD_BYTES:
                self.damage = "The last frame is not whole; it may be being written."
                return
            seconds, part, kept, length = self._record.unpack(header)
            if kept > MOST_FRAME_BYTES:
                at = self._file.tell() - _RECORD_BYTES
                self.damage = f"The file is damaged at byte {at:,}: a frame of {kept:,} bytes."
                return
            data = self._file.read(kept)
            if len(data) < kept:
                self.damage = "The last frame is not whole; it may be being written."
                return
            yield Frame(seconds + part / self._parts, data, length)


@contextmanager
def opened(path: str | Path) -> Iterator[CaptureFile]:
    """Open a capture. Raises UsageError when it is none, or cannot be read."""
    name = str(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise UsageError(f"{name} cannot be read: {reason}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{name} is no file, but a folder, a pipe or a device.")
    with os.fdopen(descriptor, "rb") as file:
        yield CaptureFile(file, name)
