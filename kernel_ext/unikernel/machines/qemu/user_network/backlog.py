"""How many connections may wait at a QEMU's forwarded ports until it takes them.

libslirp listens for one (libslirp, src/socket.c: `listen(s, 1)`), and QEMU has no option for it.
When several clients connect at the same moment Linux drops what it has no place for, and each of
those tries again after a whole second (RFC 6298, section 2.1). The number belongs to the socket and
not to a process: a copy of it, which pidfd_getfd(2) gives since Linux 5.6 of a process that may be
traced, is as good.
"""

from __future__ import annotations

import ctypes
import os
import socket
from pathlib import Path

_PIDFD_GETFD = 438  # the same on every architecture


def widen(pid: int) -> int:
    """Let as many wait as Linux allows at each TCP port where QEMU listens; returns how many ports.

    Where a copy is refused (ptrace(2), "ptrace access mode checking"; a container's filter), or
    the process has ended, nothing changes.
    """
    try:
        process = os.pidfd_open(pid)
    except OSError:
        return 0
    try:
        return sum(_widened(process, number) for number in _sockets(pid))
    finally:
        os.close(process)


def _sockets(pid: int) -> list[int]:
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # ended, or another user's
        return []
    return [int(link.name) for link in links if _is_socket(link)]


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except OSError:  # closed meanwhile
        return False


def _widened(process: int, number: int) -> bool:
    copy = ctypes.CDLL(None).syscall(_PIDFD_GETFD, process, number, 0)
    if copy < 0:
        return False
    with socket.socket(fileno=copy) as listener:
        is_inet = listener.family in (socket.AF_INET, socket.AF_INET6)
        if not is_inet or not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        listener.listen(socket.SOMAXCONN)
        return True
