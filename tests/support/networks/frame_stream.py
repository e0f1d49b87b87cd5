"""Ethernet frames in a stream of bytes, each behind its length, as QEMU's -netdev socket has it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def prefixed(frame: bytes) -> bytes:
    return len(frame).to_bytes(4, "big") + frame


class FrameStream(socket.socket):
    """A connected stream socket that sends and receives frames."""

    def send(self, frame: ReadableBuffer, _flags: int = 0, /) -> int:
        self.sendall(prefixed(bytes(frame)))
        return len(bytes(frame))

    def recv(self, most: int, _flags: int = 0, /) -> bytes:
        frame = self._exactly(int.from_bytes(self._exactly(4), "big"))
        return frame[:most]

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = super().recv(size - len(data))
            if not piece:
                raise ConnectionResetError("the stream ends within a frame")
            data += piece
        return data
