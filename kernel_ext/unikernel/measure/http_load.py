"""How many HTTP requests a guest answers, as wrk counts them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from typing import Any

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.machines import Machine
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.run import output_of

from . import host_tool
from .boot_time import Progress, Watch
from .systems import Server, System, dimensions_of, endpoint, in_turns, systems_under_test

PORT = 80
ANSWER_TIME_S = 20.0  # in which a server that has just started gives its first answer
PAUSE_S = 0.05
PERCENTILES = ("p50", "p90", "p99", "max")


@dataclass(frozen=True)
class Load:
    """What wrk is to do: ask for `path` over `connections`, for `seconds`."""

    path: str
    connections: int
    seconds: int


def http(
    image: Image,
    /,
    *,
    seconds: float = 5.0,
    repeat: int = 3,
    connections: int = 32,
    path: str = "/",
    port: int = PORT,
    baseline: str | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    **choices: Any,
) -> Measurements:
    """Let wrk ask a guest's HTTP server over `connections` that are kept, in `repeat` machines.

    Returns "http.requests" in 1/s, "http.transfer" in MiB/s, "http.latency.<p50|p90|p99|max>" in
    ms, and "http.cpu" in µs: CPU time that the guest and what carries it took for a request, which
    other work on the host changes less than the rest. Baseline (nginx on Linux, at the same path's
    root), choices and progress are those of `throughput`; `watch(rows)` has those of whole runs,
    since wrk tells nothing before.

    Raises UsageError for a path that does not begin with "/", MeasurementFailed, also when an
    answer is an error, and what booting raises.
    """
    if not path.startswith("/"):
        raise UsageError(f"A path of HTTP begins with /, and {path!r} does not.")
    load = Load(path, connections, max(1, round(seconds)))
    systems = systems_under_test(image, "http", port, baseline, choices)
    rows: list[Measurement] = []
    for system, sample in in_turns(systems, repeat, progress, "wrk", "wrk against"):
        tick = partial(_told, watch, tuple(rows))
        rows += _measure_load(system, port, load, sample, tick)
        _told(watch, rows)
    return Measurements(rows)


def _told(watch: Watch | None, rows: Sequence[Measurement], *_: float) -> None:
    """Tell whoever watches of the rows so far, at the ticks of the tool."""
    if watch:
        watch(rows)


def _measure_load(
    system: System, port: int, load: Load, sample: int, tick: host_tool.Tick
) -> list[Measurement]:
    wrk = host_tool.find("wrk")
    with system.running() as server:
        end = endpoint(server, port)
        _await_answer(system, end, load.path)
        dimensions = dimensions_of(
            system,
            server,
            tool=f"wrk {host_tool.version(wrk, '-v')}",
            connections=load.connections,
            path=load.path,
            seconds=load.seconds,
        )
        before_s = _cpu_s(server)
        report = _wrk(wrk, f"http://{end[0]}:{end[1]}{load.path}", load, tick)
        after_s = _cpu_s(server)
    rows = list(_rows(report, dimensions, sample))
    if before_s is not None and after_s is not None:
        cpu_us = (after_s - before_s) * 1e6 / report["requests"]
        rows.append(Measurement("http.cpu", cpu_us, "µs", dimensions, sample))
    return rows


def _cpu_s(server: Server) -> float | None:
    """Return the CPU time of a machine; nobody counts that of a server of the host."""
    return server.usage().cpu_s if isinstance(server, Machine) else None


def _wrk(wrk: str, url: str, load: Load, tick: host_tool.Tick) -> Mapping[str, Any]:
    with as_file(files(__package__) / "report.lua") as script:
        flags = ["-t1", f"-c{load.connections}", f"-d{load.seconds}s", "-s", str(script), url]
        done = host_tool.run([wrk, *flags], load.seconds, tick)
    try:
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise MeasurementFailed(f"wrk could not measure {url}.", detail=output_of(done)) from None
    if report["failed"] or report["refused"] or not report["requests"]:
        raise MeasurementFailed(
            f"{url} did not answer every request: {report['requests']} did, {report['failed']} "
            f"failed, {report['refused']} were refused.",
            hint=f"See what it says: curl -v {url}",
        )
    return report


def _rows(
    report: Mapping[str, Any], dimensions: Mapping[str, Scalar], sample: int
) -> Iterator[Measurement]:
    seconds = report["duration_us"] / 1e6
    yield Measurement("http.requests", report["requests"] / seconds, "1/s", dimensions, sample)
    mib = report["bytes"] / (1 << 20)
    yield Measurement("http.transfer", mib / seconds, "MiB/s", dimensions, sample)
    for name in PERCENTILES:
        ms = report[f"{name}_us"] / 1e3
        yield Measurement(f"http.latency.{name}", ms, "ms", dimensions, sample)


def _await_answer(system: System, end: tuple[str, int], path: str) -> None:
    """Ask until the server answers. Raises MeasurementFailed."""
    deadline_s = time.monotonic() + ANSWER_TIME_S
    while not _answers(end, path):
        if time.monotonic() > deadline_s:
            raise MeasurementFailed(
                f"{system.label} answers no HTTP request at {end[0]}:{end[1]}.",
                hint="The guest must run an HTTP server; see what it says on its console.",
            )
        time.sleep(PAUSE_S)  # nothing tells when a listener is there


def _answers(end: tuple[str, int], path: str) -> bool:
    request = f"GET {path} HTTP/1.1\r\nHost: {end[0]}\r\nConnection: close\r\n\r\n"
    with suppress(OSError), socket.create_connection(end, timeout=1) as connection:
        connection.sendall(request.encode())
        return connection.recv(5) == b"HTTP/"
    return False
