"""iperf3: run against a server, its JSON turned into rows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.measurement import Measurement, Scalar
from unikernel_toolchain.tools.run import CompletedProcess

from . import host_tool

PORT = 5201  # iperf3's own
MIB = 1 << 20
INTERVAL_S = 0.25
RETRY_TIME_S = 10.0  # in which a server that has just started, or just served, takes a client
PAUSE_S = 0.1

Direction = Literal["in", "out"]
Sample = Callable[[float, float], None]


@dataclass(frozen=True)
class Load:
    """What iperf3 is to do: for how long, how many streams, over TCP or UDP.

    `window_kib` is the socket buffer in KiB, `rate_mbit` the sending rate of UDP in Mbit/s and
    none at all if 0.
    """

    seconds: float = 5.0
    streams: int = 1
    protocol: Literal["tcp", "udp"] = "tcp"
    window_kib: int | None = None
    rate_mbit: int = 0

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.streams < 1:
            raise UsageError("iperf3 runs for at least a second, with at least one stream.")
        if self.protocol not in ("tcp", "udp"):
            raise UsageError(f"Throughput is measured over tcp or udp, not {self.protocol!r}.")

    def flags(self, direction: Direction) -> list[str]:
        """Return iperf3's flags; `out` is from the guest."""
        flags = ["-t", f"{self.seconds:g}", "-i", f"{INTERVAL_S}", "-P", str(self.streams)]
        flags += ["-R"] if direction == "out" else []
        flags += ["-w", f"{self.window_kib}K"] if self.window_kib else []
        flags += ["-u", "-b", f"{self.rate_mbit}M"] if self.protocol == "udp" else []
        return flags


def client(
    end: tuple[str, int], direction: Direction, load: Load, sample: Sample
) -> Mapping[str, Any]:
    """Run a client against the server at `end` and return its report.

    `sample(elapsed_s, mib_s)` is called with what passes meanwhile. Raises MeasurementFailed.
    """
    address, port = end
    argv = [host_tool.find("iperf3"), "--json", "-c", address, "-p", str(port)]
    deadline_s = time.monotonic() + RETRY_TIME_S
    while True:
        done = host_tool.run(argv + load.flags(direction), load.seconds, _Meter(sample))
        report = _parsed(done)
        if "error" not in report:
            return report
        if time.monotonic() > deadline_s:
            raise MeasurementFailed(
                f"iperf3 could not measure {address}:{port}: {report['error']}.",
                detail=done.stderr,
                hint="The guest must run an iperf3 server; see what it says on its console.",
            )
        time.sleep(PAUSE_S)  # until it serves: a connection tells too little of that


def _parsed(done: CompletedProcess) -> dict[str, Any]:
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return {"error": done.stderr.strip() or f"it ended with status {done.returncode}"}
    return report if isinstance(report, dict) else {"error": "its report is no JSON object"}


class _Meter:
    """Tells how fast a process reads and writes (proc(5), /proc/<pid>/io)."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._last = (0.0, 0)

    def __call__(self, pid: int, elapsed_s: float) -> None:
        with suppress(OSError):
            text = Path(f"/proc/{pid}/io").read_text()
            counts = dict(line.split(": ") for line in text.splitlines())
            passed = int(counts["rchar"]) + int(counts["wchar"])
            then_s, before = self._last
            self._last = (elapsed_s, passed)
            if elapsed_s > then_s:
                self._sample(elapsed_s, (passed - before) / MIB / (elapsed_s - then_s))


def rows(
    report: Mapping[str, Any], direction: Direction, dimensions: Mapping[str, Scalar], sample: int
) -> Iterator[Measurement]:
    """Return what a report says: the whole run as received, and each interval.

    "throughput.<direction>" and "throughput.<direction>.interval" are in MiB/s; an interval's
    dimension `second` is when it began, `interval` its number. UDP adds
    "throughput.<direction>.lost" in percent.
    """
    end = report["end"]
    # What arrived counts, not what was sent; UDP has one sum for both.
    whole = end.get("sum_received") or end["sum"]
    metric = f"throughput.{direction}"
    yield Measurement(metric, _mib_s(whole), "MiB/s", dimensions, sample)
    for number, interval in enumerate(report["intervals"]):
        part = interval["sum"]
        when = {
            "interval": number,
            "second": round(part["start"], 3),
            "retransmits": part.get("retransmits"),
        }
        yield Measurement(
            f"{metric}.interval", _mib_s(part), "MiB/s", {**dimensions, **when}, sample
        )
    if "lost_percent" in end.get("sum", {}):
        yield Measurement(f"{metric}.lost", end["sum"]["lost_percent"], "%", dimensions, sample)


def _mib_s(part: Mapping[str, Any]) -> float:
    return float(part["bits_per_second"]) / 8 / MIB
