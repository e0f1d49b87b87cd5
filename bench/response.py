"""Response: from QEMU's start to the first HTTP response through a forwarded port.

In turns with the first line of an OCaml hello; the client asks from the start on, each millisecond.
"""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING

import unikernel
from unikernel.machines.qemu import accelerator
from unikernel.model import network
from unikernel.model.port_forward import LOOPBACK
from unikernel.model.spec import Spec

from .qemu import LIMIT_S, bare_command, first_line_ms
from .tools.interleave import interleave
from .tools.programs import HTTP, OCAML
from .tools.report import Limit, Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.model.measurement import Measurements

REPEAT = 20
RETRY_S = 0.001
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
CLAIMS = (
    Limit("response.http", 150),
    Ratio("response", "response.http", "response.hello", at_most=1.5),
    Ratio("listening", "response.listening", "response.hello", at_most=1.3),
)


def run(_folder: Path) -> Measurements:
    """Measure the response, the line that says that the server listens, and the hello's line."""
    port = free_port()
    spec = Spec(nets={"service": network.user(ports={port: 80})})
    server = bare_command(
        unikernel.build(HTTP, name="bench-http", packages=["mirage-stack-unikernel"]).path, spec
    )
    hello = bare_command(unikernel.build(OCAML, name="bench-hello").path)
    return interleave(
        {
            "response.http": lambda: first_response_ms(server, port),
            "response.listening": lambda: first_line_ms(server),
            "response.hello": lambda: first_line_ms(hello),
        },
        repeat=REPEAT,
        accelerator=accelerator.choose("auto").name,
    )


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def first_response_ms(argv: list[str], port: int) -> float:
    """Start a server and return the milliseconds to its first response, then stop it.

    Raises RuntimeError when none comes.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while time.perf_counter() < started + LIMIT_S:
                if responds((LOOPBACK, port)):
                    return (time.perf_counter() - started) * 1000
                time.sleep(RETRY_S)
        finally:
            process.kill()
    raise RuntimeError(f"no response from: {' '.join(argv)}")


def responds(end: tuple[str, int]) -> bool:
    """Ask once, and say whether a response came. QEMU holds a request until the guest is up."""
    try:
        with socket.create_connection(end, timeout=LIMIT_S) as client:
            client.sendall(REQUEST)
            return client.recv(1) != b""
    except (ConnectionRefusedError, ConnectionResetError):
        return False
