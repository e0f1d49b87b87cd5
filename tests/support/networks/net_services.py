"""The guest ocaml_net_services at the end of a link, and what is asked of it.

UNIKERNEL_TRANSFER_MIB is how much tests of transfers send each way.
"""

import contextlib
import hashlib
import os
import random
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Protocol

import unikernel
from support.guests.guest_programs import ENDS_WITHIN_S, build, multiline
from support.networks.impairment import GUEST, Impairment, Link
from support.platforms import choices
from unikernel.machines.core.machine import Machine

DISCARD, DIGEST, SOURCE, MEMORY = 9, 10, 11, 12
DIGEST_LETTERS = 64
TRANSFER_BYTES = int(os.environ.get("UNIKERNEL_TRANSFER_MIB", "10")) << 20
PIECE_BYTES = 1 << 18
MEMORY_MIB = 64

Digest = tuple[int, str]  # of so many bytes


class HasHost(Protocol):
    """A link, with a router in the middle or without."""

    def host(self) -> AbstractContextManager[None]: ...


@contextlib.contextmanager
def served(
    impairment: Impairment | None = None,
    *,
    name: str = "ocaml_net_services",
    platform: str = "microvm",
    arguments: tuple[str, ...] = (),
    memory_mib: int = MEMORY_MIB,
    called: str = "",
) -> Iterator[tuple[Link, Machine]]:
    """A link and the machine at its end, once it serves."""
    image = build(name, platform)
    with (
        Link(impairment) as link,
        unikernel.boot(
            image,
            name=f"{name} {platform} {called}".strip(),
            nets=link.nets,
            memory_mib=memory_mib,
            arguments=arguments,
            replace=True,
            wait="running",
            **choices(platform),
        ) as vm,
    ):
        if "--dhcp" not in arguments:
            vm.console.expect(multiline("^serving on .*\n"), timeout_s=ENDS_WITHIN_S)
        yield link, vm


def connect(
    link: HasHost, port: int, timeout_s: float = ENDS_WITHIN_S, address: str = GUEST
) -> socket.socket:
    with link.host():
        return socket.create_connection((address, port), timeout_s)


def upload(link: HasHost, size: int, address: str = GUEST) -> tuple[Digest, Digest]:
    """Send so many bytes; return count and digest as the guest has them, and as we have."""
    text = some_bytes(size)
    with connect(link, DIGEST, address=address) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        count, digest = read_all(connection).decode().split()
    return (int(count), digest), (size, hashlib.sha256(text).hexdigest())


def download(link: HasHost, size: int, address: str = GUEST) -> tuple[Digest, Digest]:
    """Have so many bytes sent; return count and digest as the guest has them, and as we have."""
    with connect(link, SOURCE, address=address) as connection:
        connection.sendall(f"{size}\n".encode())
        got = read_all(connection)
    text, digest = got[:-DIGEST_LETTERS], got[-DIGEST_LETTERS:]
    return (size, digest.decode()), (len(text), hashlib.sha256(text).hexdigest())


def memory(link: HasHost) -> tuple[int, ...]:
    """Return the bytes of OCaml's heap, of it live ones, and of the platform's heap in use."""
    with connect(link, MEMORY) as connection:
        return tuple(map(int, read_all(connection).split()))


def read_all(connection: socket.socket) -> bytes:
    got = bytearray()
    while piece := connection.recv(PIECE_BYTES):
        got += piece
    return bytes(got)


@cache
def some_bytes(size: int) -> bytes:
    return random.Random(7).randbytes(size)
