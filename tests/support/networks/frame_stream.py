"""Ethernet frames in a stream of bytes, each behind its length, as QEMU's -netdev socket has it."""

import socket


def prefixed(frame):
    return len(frame).to_bytes(4, "big") + frame


class FrameStream(socket.socket):
    """A connected stream socket that sends and receives frames."""

    def send(self, frame, flags=0, /):
        self.sendall(prefixed(frame), flags)
        return len(frame)

    def recv(self, most, _flags=0, /):
        frame = self._exactly(int.from_bytes(self._exactly(4), "big"))
        return frame[:most]

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            piece = super().recv(size - len(data))
            if not piece:
                raise ConnectionResetError("the stream ends within a frame")
            data += piece
        return data
