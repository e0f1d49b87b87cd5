"""Segments: guests of this user on one Ethernet, in whatever process they run.

Every process with guests on a segment has one switch for it and listens in the segment's folder,

    <runtime folder>/lan-<segment>/<pid>.sock

for the switches of others, each of which connects to all that were there before it: a full mesh,
so no switch passes on what comes from another. A process that ends takes its switch along, and the
rest go on without.

Who joins must see all that are there, and be seen by all that come: looking at the folder, binding
and removing happen under one file lock for all segments. A socket whose process is gone refuses
connections, and is removed by whoever meets it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from unikernel.host.children import began_at
from unikernel.host.run_folder import runtime_folder
from unikernel.model.network import Lan

from .backend import Backend
from .capture import Capture
from .socket_pair import datagram_pair
from .switch import Port, SocketPort, Switch

BACKLOG = 64  # switches that connect at once
_segments: dict[str, Segment] = {}  # those that this process has guests on


class Segment:
    """What this process has of a segment. Everything runs on the event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._switch = Switch()
        self._members: set[Port] = set()
        self._folder = runtime_folder() / f"lan-{name}"
        self._path = self._folder / f"{os.getpid()}.sock"
        self._loop = asyncio.get_running_loop()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with _locked():
                self._open()
        except BaseException:
            self._listener.close()
            raise
        self._loop.add_reader(self._listener, self._accept)

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._path.unlink(missing_ok=True)
        for path in sorted(self._folder.glob("*.sock")):
            self._connect(path)
        self._listener.bind(os.fspath(self._path))
        self._listener.listen(BACKLOG)
        self._listener.setblocking(False)

    def _connect(self, path: Path) -> None:
        """Join the switch that listens at `path`; one that is gone is swept away."""
        end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            end.connect(os.fspath(path))
        except OSError:
            end.close()
            path.unlink(missing_ok=True)
            return
        self._switch.add(SocketPort(end, trunk=True))

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            end, _ = self._listener.accept()
            self._switch.add(SocketPort(end, trunk=True))

    def join(self, end: socket.socket, capture: Capture | None = None) -> Port:
        """Let the guest at the other end of `end` take part."""
        port = SocketPort(end, capture=capture)
        self._members.add(port)
        self._switch.add(port)
        return port

    def leave(self, port: Port) -> None:
        """Take a guest away, and with the last one all there is."""
        self._switch.drain(port)
        self._switch.remove(port)
        self._members.discard(port)
        if not self._members:
            self._close()

    def _close(self) -> None:
        _segments.pop(self._name, None)
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for port in self._switch.ports:
            self._switch.remove(port)
        with _locked():
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # others are still there
                self._folder.rmdir()


def open_backend(network: Lan, capture: Capture | None = None) -> Backend:
    """Join a segment, which exists while a guest is on it."""
    ours, theirs = datagram_pair()
    try:
        segment = _segments.get(network.segment) or Segment(network.segment)
    except BaseException:
        ours.close()
        theirs.close()
        raise
    _segments[network.segment] = segment
    port = segment.join(ours, capture)
    descriptor = theirs.detach()
    return Backend(
        *(network, "socket", descriptor),
        traffic=port.traffic,
        record=port.record_to,
        on_close=partial(segment.leave, port),
    )


def remove_stale() -> None:
    """Remove the sockets of processes that are gone, and segments that nobody is on.

    Raises UnikernelError when there is no place for them.
    """
    segments = list(runtime_folder().glob("lan-*/"))
    if not segments:
        return
    with _locked():
        for segment in segments:
            for path in segment.glob("*.sock"):
                if _is_stale(path):
                    path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # somebody is there
                segment.rmdir()


def _is_stale(path: Path) -> bool:
    """Whether the process that listened is gone; another may have its pid by now."""
    with contextlib.suppress(FileNotFoundError):
        # began_at is in whole seconds, rounded down: it never looks later than the socket it made.
        made_s = path.lstat().st_ctime
        began_s = began_at(int(path.stem)) if path.stem.isdecimal() else None
        return began_s is None or began_s > made_s
    return False


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """Keep other processes from joining and leaving meanwhile."""
    lock = os.open(runtime_folder() / "lan.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
