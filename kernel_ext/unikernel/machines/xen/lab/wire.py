"""Frames between this process and dom0's agent: agent/wire.h says what they are.

The agent is dom0's, and what dom0 says is looked at as anybody's: a frame that cannot be ends the
connection.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

MOST_PAYLOAD = 32768
MOST_CHANNELS = 64
WINDOW = 262144
TOKEN_BYTES = 8
SEED_BYTES = 32
HEADER = struct.Struct("<IIIIQ")  # length, channel, kind, 0, clock
GREETING = struct.Struct(f"<{TOKEN_BYTES}sQ{SEED_BYTES}s")
NUMBER = struct.Struct("<I")
STATUS = struct.Struct("<i")


class Kind(IntEnum):
    """What a frame is, by agent/wire.h."""

    HELLO = 1
    START = 2
    INPUT = 3
    END = 4
    SIGNAL = 5
    WELCOME = 16
    OUTPUT = 17
    ERRORS = 18
    EXIT = 19
    FAILED = 20
    STARTED = 21
    CREDIT = 32


class Frame(NamedTuple):
    """A frame from the agent."""

    kind: Kind
    channel: int
    payload: bytes
    clock_ns: int


class WireError(ValueError):
    """What arrived is no frame of the agent's."""


_SIZES = {Kind.EXIT: STATUS.size, Kind.FAILED: NUMBER.size, Kind.CREDIT: NUMBER.size}
_OURS = range(Kind.HELLO, Kind.WELCOME)


def frame(kind: Kind, channel: int, payload: bytes = b"") -> bytes:
    """Return a frame to the agent."""
    assert len(payload) <= MOST_PAYLOAD
    return HEADER.pack(len(payload), channel, kind, 0, 0) + payload


class Parser:
    """Frames out of a stream of bytes that comes in pieces of any size."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole with `data`. Raises WireError."""
        self._waiting += data
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Frame | None:
        if len(self._waiting) < HEADER.size:
            return None
        length, channel, number, reserved, clock_ns = HEADER.unpack_from(self._waiting)
        kind = _kind(number)
        if length > MOST_PAYLOAD or reserved or length != _SIZES.get(kind, length):
            raise WireError(f"a frame of kind {number} with {length:,} bytes")
        end = HEADER.size + length
        if len(self._waiting) < end:
            return None
        payload = bytes(self._waiting[HEADER.size : end])
        del self._waiting[:end]
        return Frame(kind, channel, payload, clock_ns)


def _kind(number: int) -> Kind:
    if number in _OURS:
        raise WireError(f"a frame of kind {number}, which only we send")
    try:
        return Kind(number)
    except ValueError:
        raise WireError(f"a frame of unknown kind {number}") from None
