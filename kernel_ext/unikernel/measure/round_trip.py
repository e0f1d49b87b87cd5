"""How long a packet takes to a guest and back, as ping sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from unikernel.errors import MeasurementFailed
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.run import output_of

from . import host_tool
from .boot_time import Progress, Watch
from .systems import System, dimensions_of, endpoint, in_turns, systems_under_test

ECHO_PORT = 7  # ping has none; a user network, which needs one, is refused
INTERVAL_S = 0.01
WARM_UPS = 5  # answers before the first that counts: ARP, caches
ANSWER_TIME_S = 20.0  # in which a guest that has just started answers first
PAUSE_S = 0.05
LARGEST = 65_507


def latency(
    image: Image,
    /,
    *,
    count: int = 200,
    size: int = 56,
    repeat: int = 3,
    baseline: str | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    **choices: Any,
) -> Measurements:
    """Ping a guest `count` times with `size` bytes, in `repeat` fresh machines.

    Returns "latency.ping" in ms, a row for each answer; the dimension `sequence` is its number. The
    answers lost are "latency.lost" in percent. Baseline, choices, progress and watch are those of
    `throughput`; pings come in over a tap only.

    Raises MeasurementFailed, BaselineUnavailable, PackageUnavailable and what booting
    raises.
    """
    if not 0 <= size <= LARGEST:
        raise MeasurementFailed(f"A ping carries 0 to {LARGEST} bytes; {size} is not.")
    systems = systems_under_test(image, "ping", ECHO_PORT, baseline, choices)
    rows: list[Measurement] = []
    for system, sample in in_turns(systems, repeat, progress, "pinging", "pinging"):
        rows += _ping(system, count, size, sample, partial(_told, watch, tuple(rows)))
    return Measurements(rows)


def _told(watch: Watch | None, before: Sequence[Measurement], rows: list[Measurement]) -> None:
    """Tell whoever watches of the rows before, and of those of the run under way."""
    if watch:
        watch([*before, *rows])


def _ping(
    system: System, count: int, size: int, sample: int, tell: Callable[[list[Measurement]], None]
) -> list[Measurement]:
    ping = host_tool.find("ping")
    with system.running() as server:
        address, _ = endpoint(server, ECHO_PORT)
        dimensions = dimensions_of(
            system,
            server,
            tool=f"ping {host_tool.version(ping, '-V')}",
            size=size,
            sample_count=count,
        )
        if dimensions["network"] == "user":
            raise MeasurementFailed(
                "A user network lets no ping in.", hint="Measure over a tap: --net tap"
            )
        _await_answer(ping, address)
        asked = count + WARM_UPS
        argv = [ping, "-n", "-c", str(asked), "-i", f"{INTERVAL_S}", "-s", str(size), address]
        rows_of = partial(_rows, dimensions=dimensions, sample=sample)
        done = host_tool.run(argv, asked * INTERVAL_S, so_far=lambda output: tell(rows_of(output)))
    answers = rows_of(done.stdout)
    if not answers:
        raise MeasurementFailed(
            f"{system.label} at {address} answers no ping.", detail=output_of(done)
        )
    lost = Measurement("latency.lost", 100 - 100 * len(answers) / count, "%", dimensions, sample)
    return [lost, *answers]


def _rows(output: str, dimensions: Mapping[str, Scalar], sample: int) -> list[Measurement]:
    """Return the answers that count."""
    return [
        Measurement("latency.ping", ms, "ms", {**dimensions, "sequence": number}, sample)
        for number, ms in _answers(output)
        if number > WARM_UPS
    ]


def _await_answer(ping: str, address: str) -> None:
    """Ping until a guest that has just started answers, ANSWER_TIME_S at most."""
    deadline_s = time.monotonic() + ANSWER_TIME_S
    while time.monotonic() < deadline_s:
        if next(
            _answers(host_tool.run([ping, "-n", "-c", "1", "-W", "1", address], 1).stdout), None
        ):
            return
        time.sleep(PAUSE_S)  # nothing tells when it does


def _answers(output: str) -> Iterator[tuple[int, float]]:
    for number, ms in re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", output):
        yield int(number), float(ms)
