"""Answer: from QEMU's start to the first HTTP answer through a forwarded port.

In turns with the first line of an OCaml hello; the client asks from the start on, each millisecond.
"""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING

import unikernel
from unikernel import network
from unikernel.forward import LOOPBACK
from unikernel.qemu import accelerator
from unikernel.spec import Spec

from .interleave import interleave
from .programs import HTTP, OCAML
from .qemu import LIMIT_S, bare_command, first_line_ms
from .report import Limit, Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.measurement import Measurements

REPEAT = 20
RETRY_S = 0.001
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
CLAIMS = (
    Limit("answer.http", 150),
    Ratio("answer", "answer.http", "answer.hello", at_most=1.5),
    Ratio("listening", "answer.listening", "answer.hello", at_most=1.3),
)


def run(_folder: Path) -> Measurements:
    """Measure the answer, the line that says that the server listens, and the hello's line."""
    port = free_port()
    wired = Spec(nets={"service": network.user(ports={port: 80})})
    server = bare_command(
        unikernel.build(HTTP, name="bench-http", packages=["mirage-stack-unikernel"]).path, wired
    )
    hello = bare_command(unikernel.build(OCAML, name="bench-hello").path)
    return interleave(
        {
            "answer.http": lambda: first_answer_ms(server, port),
            "answer.listening": lambda: first_line_ms(server),
            "answer.hello": lambda: first_line_ms(hello),
        },
        repeat=REPEAT,
        accelerator=accelerator.choose("auto").word,
    )


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def first_answer_ms(words: list[str], port: int) -> float:
    """Start a server and return the milliseconds to its first answer, then stop it.

    Raises RuntimeError when none comes.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while time.perf_counter() < started + LIMIT_S:
                if answers((LOOPBACK, port)):
                    return (time.perf_counter() - started) * 1000
                time.sleep(RETRY_S)
        finally:
            process.kill()
    raise RuntimeError(f"no answer from: {' '.join(words)}")


def answers(end: tuple[str, int]) -> bool:
    """Ask once, and say whether an answer came. QEMU holds a request until the guest is up."""
    try:
        with socket.create_connection(end, timeout=LIMIT_S) as client:
            client.sendall(REQUEST)
            return client.recv(1) != b""
    except (ConnectionRefusedError, ConnectionResetError):
        return False
