"""Pairs of connected sockets that carry Ethernet frames."""

from __future__ import annotations

import socket

from unikernel.model.network import Network

from .backend import Backend

BUFFER_BYTES = 1 << 21  # of frames on their way in one direction; then the sender waits, or drops


def datagram_pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets, on which a frame is a datagram.

    Neither waits: a frame that finds no room is refused.
    """
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in ends:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return ends


def stream_backends(network: Network) -> tuple[Backend, Backend]:
    """Return two connected ends on which frames are a stream, for two processes to inherit.

    A stream has room for many frames, where Linux lets no more than ten datagrams wait.
    """
    near, far = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
    return (
        Backend(network, "socket", near, frames="stream"),
        Backend(network, "socket", far, frames="stream"),
    )
