"""Lab 5: a drain, a source, windows and a clock."""

from __future__ import annotations

import math
import random
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.course.trials import hear
from unikernel.errors import NotYet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unikernel.course.work import Work
    from unikernel.machines import Machine

_ANSWER_S = 30.0
_MEMORY_MIB = 24
_MORE_THAN_MEMORY = 48 << 20
_PIECE = 1 << 16
_PATTERN = bytes(range(251)) * 300
_LONGEST_ANSWER = 100
_MIB = 1 << 20
_THINKS_S, _PACE_S = 0.2, 0.05


@exercise("throughput", 1, "A drain")
def _(work: Work) -> None:
    image = work.image("drain")
    sizes = [0, random.randrange(1, 5000), _MORE_THAN_MEMORY + random.randrange(_PIECE)]
    with work.booted(image, ports={0: 9}, memory_mib=_MEMORY_MIB) as machine:
        hear(machine, "open", f"{image.name} should say that it is open.")
        with _connected(machine) as other:
            other.sendall(b"somebody who has more to say, and does not say it")
            for size in sizes:
                with _connected(machine) as line:
                    _pour(line, size)
                    line.shutdown(socket.SHUT_WR)
                    heard = _read(line, _LONGEST_ANSWER)
                if heard != f"{size}\n".encode():
                    raise NotYet(
                        f"{size:,} bytes were sent; drain answered {heard!r}.",
                        detail=machine.console.last_lines(),
                        hint="It reads until there is no more, and answers once.",
                    )


@contextmanager
def _connected(machine: Machine) -> Iterator[socket.socket]:
    """Connect to a machine's first port; what goes wrong with it is the guest's doing."""
    address = ("127.0.0.1", machine.ports[0].host_port)
    try:
        with socket.create_connection(address, timeout=_ANSWER_S) as line:
            yield line
    except OSError as problem:
        raise NotYet(
            f"A connection ended in the middle: {problem}.",
            detail=machine.console.last_lines(),
            hint="Did the guest end, or close too early, or wait for another connection?",
        ) from problem


def _pour(line: socket.socket, size: int) -> None:
    zeros = bytes(_PIECE)
    for at in range(0, size, _PIECE):
        line.sendall(zeros[: size - at])


def _read(line: socket.socket, at_most: int) -> bytes:
    """Return what comes until the other side has no more, and not more than so many bytes."""
    heard = bytearray()
    while len(heard) < at_most and (part := line.recv(_PIECE)):
        heard += part
    return bytes(heard)


@exercise("throughput", 2, "A source")
def _(work: Work) -> None:
    image = work.image("source")
    sizes = [random.randrange(1, 1000), random.randrange(10**5, 10**6), _MORE_THAN_MEMORY]
    with work.booted(image, ports={0: 19}, memory_mib=_MEMORY_MIB) as machine:
        hear(machine, "open", f"{image.name} should say that it is open.")
        with _connected(machine) as asleep:
            asleep.sendall(f"{_MORE_THAN_MEMORY}\n".encode())
            for size in sizes:
                with _connected(machine) as line:
                    line.sendall(f"{size}\n".encode())
                    count, right = _compare(line, size)
                if count != size or not right:
                    raise NotYet(
                        f"Asked for {size:,} bytes, source sent {count:,}"
                        f"{'' if right else ', and not those of the pattern'}.",
                        detail=machine.console.last_lines(),
                        hint="Byte i is i mod 251, in the second piece, too. One reader slept "
                        "meanwhile, and the guest had less memory than was asked for.",
                    )


def _compare(line: socket.socket, size: int) -> tuple[int, bool]:
    """Return how many bytes came, and whether they were those of the pattern."""
    count, right = 0, True
    while count <= size and (part := line.recv(_PIECE)):
        begin = count % 251
        right = right and part == _PATTERN[begin : begin + len(part)]
        count += len(part)
    return count, right


@exercise("throughput", 3, "What a window allows")
def _(work: Work) -> None:
    for _round in range(10):
        window, rtt_ms = random.randrange(1, 5000), random.uniform(0.1, 300)
        rate = window * 1024 * 8 / rtt_ms / 1000
        found = work.call("rate_mbit", window, rtt_ms)
        if not _is_near(found, rate):
            raise NotYet(
                f"{window} KiB in {rtt_ms:.3g} ms are {rate:.4g} Mbit/s; rate_mbit says {found!r}.",
                hint="A KiB is 1,024 bytes, a megabit 1,000,000 bits, a byte 8 bits.",
            )
        needed = math.ceil(random.uniform(1, 10_000) * 10)
        least = math.ceil(needed * 1000 * rtt_ms / 8 / 1024)
        found = work.call("window_kib", needed, rtt_ms)
        if not isinstance(found, int) or abs(found - least) > (least > 10**6):
            raise NotYet(
                f"{needed} Mbit/s at {rtt_ms:.3g} ms need {least} KiB; window_kib says {found!r}.",
                hint="Whole KiB, and rounded up.",
            )


def _is_near(found: object, value: float, tolerance: float = 1e-6) -> bool:
    return isinstance(found, int | float) and abs(found - value) <= tolerance * abs(value)


@exercise("throughput", 4, "The clock")
def _(work: Work) -> None:
    piece = random.randrange(500, 1000)
    for pieces in (8, 1, 0):
        with _slow_source(piece, pieces) as (port, sent_s):
            found = work.call("measured", port, 100 * piece)
        if not sent_s[1:]:  # there is no time between one piece and the next
            if found != 0.0:
                raise NotYet(f"When {pieces} pieces come, measured should be 0.0, not {found!r}.")
        elif not _is_near(found, true := _rate(piece, sent_s), 0.25):
            raise NotYet(
                f"A server sent {true:.4f} MiB/s, once it had begun; measured says {found!r}.",
                hint="It thought for a while before its first piece, and did not send all that it "
                "was asked for.",
            )


def _rate(piece: int, sent_s: list[float]) -> float:
    """Return MiB a second, from the first piece on."""
    return piece * (len(sent_s) - 1) / _MIB / (sent_s[-1] - sent_s[0])


@contextmanager
def _slow_source(piece: int, pieces: int) -> Iterator[tuple[int, list[float]]]:
    """Serve one connection: think, send so many pieces at a steady pace, note when, and close.

    A piece is so small, and so long before the next, that it comes by itself.
    """
    sent_s: list[float] = []
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):  # nobody came, or whoever did is gone
            line, _ = listener.accept()
            with line:
                line.settimeout(_ANSWER_S)
                line.recv(_LONGEST_ANSWER)
                over.wait(_THINKS_S)
                for _ in range(pieces):
                    line.sendall(bytes(piece))
                    sent_s.append(time.monotonic())
                    over.wait(_PACE_S)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_ANSWER_S)
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        try:
            yield listener.getsockname()[1], sent_s
        finally:
            over.set()
            with suppress(OSError):  # accept may still wait for somebody
                listener.shutdown(socket.SHUT_RDWR)
            server.join(_ANSWER_S)
