"""Ports of this host: which are free, and who holds those that are not."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from unikernel.errors import NetworkUnavailable, PortTaken
from unikernel.model.network import Network, User
from unikernel.model.port_forward import ANY_PORT, EVERYBODY, Forward

_SOCKET_TYPE = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_TCP_LISTEN = "0A"  # in /proc/net/tcp


def check(forwards: Iterable[Forward]) -> None:
    """Raise PortTaken, or NetworkUnavailable, unless every port can be listened on now."""
    for forward in forwards:
        _listen(forward)


def chosen(nets: Mapping[str, Network]) -> dict[str, Network]:
    """Return `nets` with a free port of the host wherever any one will do."""
    return {
        name: replace(network, ports=tuple(map(free, network.ports)))
        if isinstance(network, User)
        else network
        for name, network in nets.items()
    }


def free(forward: Forward) -> Forward:
    """Return `forward` with a free port of the host if any one will do."""
    if forward.host_port != ANY_PORT:
        return forward
    return replace(forward, host_port=_listen(forward))


def _listen(forward: Forward) -> int:
    """Listen for a moment, as QEMU will; return the port."""
    with socket.socket(socket.AF_INET, _SOCKET_TYPE[forward.protocol]) as probe:
        # As QEMU does: connections of an earlier guest that wait (TIME_WAIT) take no port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, forward.protocol == "tcp")
        try:
            probe.bind((forward.host_address, forward.host_port))
            if forward.protocol == "tcp":
                probe.listen()
        except OSError as problem:
            raise _refusal(forward, problem) from problem
        return int(probe.getsockname()[1])


def _refusal(forward: Forward, problem: OSError) -> PortTaken | NetworkUnavailable:
    if problem.errno == errno.EADDRINUSE:
        return taken(forward)
    if problem.errno == errno.EADDRNOTAVAIL:
        return NetworkUnavailable(
            f"This host has no address {forward.host_address}.",
            hint="127.0.0.1 is for this host alone, 0.0.0.0 for everybody.",
        )
    return NetworkUnavailable(
        f"Port {forward.end} cannot be listened on: {problem.strerror}.",
        hint="Ports below 1024 may need privileges; 8080 does not.",
    )


def refused(errors: str, forwards: Iterable[Forward]) -> Forward | None:
    """Return the port that QEMU's `errors` say it could not have; None when they do not."""
    for one in forwards:
        if f"forwarding rule '{one.protocol}:{one.host_address}:{one.host_port}-" in errors:
            return one
    return None


def taken(forward: Forward) -> PortTaken:
    """Return the error that tells that a port is in use, and by whom if that can be seen."""
    who = holder(forward)
    return PortTaken(
        f"Port {forward.end} is in use" + (f" by {who}." if who else "."),
        hint=f"Choose another host port, such as {forward.host_port % 0xFFFF + 1}:"
        f"{forward.guest_port}, or 0:{forward.guest_port} for any that is free.",
    )


def holder(forward: Forward) -> str:
    """Return program and pid of the process that listens there; "" when it cannot be seen."""
    for inode in _sockets(forward):
        for folder in Path("/proc").glob("[0-9]*"):
            if _has_open(folder, inode):
                with contextlib.suppress(OSError):
                    return f"{(folder / 'comm').read_text().strip()}, process {folder.name}"
    return ""


def _sockets(forward: Forward) -> list[str]:
    """Return the inodes of sockets that are bound to the port (proc(5), /proc/net/tcp)."""
    try:
        lines = Path(f"/proc/net/{forward.protocol}").read_text().splitlines()[1:]
    except OSError:
        return []
    found = []
    for fields in map(str.split, lines):
        address, _, port = fields[1].partition(":")
        number = socket.inet_ntoa(bytes.fromhex(address)[::-1])
        listens = forward.protocol == "udp" or fields[3] == _TCP_LISTEN
        same = EVERYBODY in (number, forward.host_address) or number == forward.host_address
        if listens and same and int(port, 16) == forward.host_port:
            found.append(fields[9])
    return found


def _has_open(process: Path, inode: str) -> bool:
    with contextlib.suppress(OSError):
        return any(
            str(entry.readlink()) == f"socket:[{inode}]" for entry in (process / "fd").iterdir()
        )
    return False
