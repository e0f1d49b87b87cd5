"""The trace channel: what a guest reports to its host beside the console.

A guest writes little-endian records, to the debug console port 0xe9 under QEMU and to a descriptor
as a process:

    'H' u64 tsc_hz              frequency of its time stamp counter (1e9: the host's clock, in ns)
    'T' u8 milestone u64 tsc    a boot milestone and when it was passed
    'M' u16 length, UTF-8 text  its message before an abort or a fault
    'X' u8 kind u32 status      how it ended
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum


class Milestone(IntEnum):
    """Boot milestones, in the order they are passed (unikernel_milestone_t in unikernel.h)."""

    ENTRY = 1
    BASE = 2
    RUNTIME = 3
    START = 4
    LINE = 5


class EndingKind(IntEnum):
    """How a guest says it ended."""

    EXIT = 1
    ABORT = 2
    FAULT = 3


@dataclass(frozen=True)
class Frequency:
    """Ticks of the guest's time stamp counter per second."""

    tsc_hz: int


@dataclass(frozen=True)
class Passed:
    """A milestone and the time stamp counter when it was passed."""

    milestone: Milestone
    tsc: int


@dataclass(frozen=True)
class FinalMessage:
    """A guest's message about its own abort or fault, the last it writes."""

    text: str


@dataclass(frozen=True)
class Ending:
    """How a guest ended, and its status."""

    kind: EndingKind
    status: int


Record = Frequency | Passed | FinalMessage | Ending

_FREQUENCY = struct.Struct("<cQ")
_PASSED = struct.Struct("<cBQ")
_MESSAGE = struct.Struct("<cH")
_ENDING = struct.Struct("<cBi")


class TraceParser:
    """Turns bytes, in pieces of any size, into records.

    Bytes that are no record end the parsing: the rest of the stream is ignored and `damaged` set,
    since a guest may use the port for something else.
    """

    def __init__(self) -> None:
        self._pending = b""
        self.damaged = False

    def feed(self, data: bytes) -> list[Record]:
        """Take the next bytes; return the records they complete."""
        if self.damaged:
            return []
        self._pending += data
        records: list[Record] = []
        try:
            while (size := _size(self._pending)) is not None and size <= len(self._pending):
                records.append(_record(self._pending[:size]))
                self._pending = self._pending[size:]
        except ValueError:
            self.damaged = True
            self._pending = b""
        return records


def _size(data: bytes) -> int | None:
    """Return how long the record at the start of `data` is; None when that is not known yet."""
    match data[:1]:
        case b"":
            return None
        case b"H":
            return _FREQUENCY.size
        case b"T":
            return _PASSED.size
        case b"X":
            return _ENDING.size
        case b"M":
            if len(data) < _MESSAGE.size:
                return None
            return _MESSAGE.size + int(_MESSAGE.unpack_from(data)[1])
    raise ValueError(data[:1])


def _record(data: bytes) -> Record:
    match data[:1]:
        case b"H":
            return Frequency(_FREQUENCY.unpack(data)[1])
        case b"T":
            _, milestone, tsc = _PASSED.unpack(data)
            return Passed(Milestone(milestone), tsc)
        case b"M":
            return FinalMessage(data[_MESSAGE.size :].decode("utf-8", "replace"))
        case _:
            _, kind, status = _ENDING.unpack(data)
            return Ending(EndingKind(kind), status)
