"""Linux's own network stack beside a process: a server of the host in a network namespace.

It is reached from the host as the process is: over a pair of interfaces in place of a tap, or
through a user network of the same QEMU. Nothing of it outlives the measurement.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from unikernel.host.children import die_with_parent
from unikernel.host.run_folder import RunFolder
from unikernel.model.dimensions import host
from unikernel.model.measurement import Scalar
from unikernel.model.network import Network
from unikernel.model.targets import UNIX

from . import debian, namespace
from .connections import INSIDE, connected
from .linux import PAGE

Service = Literal["iperf3", "http", "ping"]

SHOWN_LINES = 20


@dataclass(frozen=True)
class Native:
    """A server that runs: the network it is on, by its device, and what it complains of."""

    networks: Mapping[str, Network]
    log: Path

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the dimensions that every measurement of it carries."""
        facts = {"image": "linux", "target": UNIX.name, "machine": "namespace"}
        return {**facts, "accelerator": "native", **host()}

    def tail(self) -> str:
        """Return the end of what the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:])


def check(service: Service) -> None:
    """Raise BaselineUnavailable where such a server cannot be run."""
    namespace.check()
    _program(service)


@contextlib.contextmanager
def serving(service: Service, port: int, network: Network) -> Iterator[Native]:
    """Run a server at `port`, on a network of the kind of `network`, while the context lasts.

    Raises BaselineUnavailable, and what booting on such a network raises.
    """
    with contextlib.ExitStack() as exit_stack:
        place = RunFolder.create("linux")  # which the next boot clears away if we are killed
        exit_stack.callback(place.remove)
        folder = place.path
        argv = (_program(service), *_arguments(service, port, folder))
        holder = exit_stack.enter_context(namespace.namespace())
        network = exit_stack.enter_context(connected(holder, network, folder))
        log = folder / "log"
        exit_stack.enter_context(_running(namespace.enter(holder, *argv), log))
        yield Native({INSIDE: network}, log)


def _program(service: Service) -> str:
    """Return the program of a server; it is the kernel itself that answers pings."""
    match service:
        case "iperf3":
            return str(debian.program("iperf3"))
        case "http":
            return str(debian.nginx())
        case "ping":
            return "sleep"


def _arguments(service: Service, port: int, folder: Path) -> Sequence[str]:
    """Return the arguments of a server, which has `folder` to itself."""
    match service:
        case "iperf3":
            return ("-s", "-p", str(port))
        case "http":
            text = files(__package__).joinpath("nginx.conf").read_text(encoding="utf-8")
            (folder / "nginx.conf").write_text(text.replace("listen 80;", f"listen {port};"))
            for name in ("www", "run"):
                (folder / name).mkdir()
            (folder / "www/index.html").write_bytes(PAGE)
            place = ("-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")
            return (*place, "-g", "daemon off; master_process off;")
        case "ping":
            return ("infinity",)


@contextlib.contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[None]:
    with (
        log.open("wb") as file,
        subprocess.Popen(
            die_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        ) as server,
    ):
        try:
            yield
        finally:
            server.kill()
