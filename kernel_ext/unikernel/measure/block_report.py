"""What a program that loads a block device reports, in rows: a guest of ours, or fio.

A guest of ours is told what to do by boot keys, and answers with a line a job on its console:

    --jobs=KIND:BYTES:DEPTH,...  --seconds=S

    block-load KIND BYTES DEPTH ios=N ns=N p50=N p90=N p99=N p999=N max=N
    block-load done

KIND is read, write (one after the other, from the start), randread or randwrite; BYTES is the size
of a request, DEPTH how many are under way at once. `ns` is how long the job took, the others are
latencies in nanoseconds. `block-load failed: …` says what went wrong. fio has the same in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.measurement import Measurement, Scalar

KINDS = ("read", "write", "randread", "randwrite")
MIB = 1 << 20
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}
TOLD = r"block-load \w+ \d+ \d+ [^\n]*\n"
DONE, FAILED = "block-load done", "block-load failed"
_LINE = re.compile(r"^block-load (\w+) (\d+) (\d+) ((?:\w+=\d+ ?)+)\r?$", re.MULTILINE)
_JSON = re.compile(r"fio: report\r?\n(.*?)^fio: end of report", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Job:
    """What is done to a disk: a kind, the bytes of a request, and how many are under way."""

    kind: str
    request_bytes: int
    depth: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.request_bytes}:{self.depth}"

    @classmethod
    def parse(cls, text: str) -> Job:
        """Return the job of `KIND:BYTES:DEPTH`. Raises UsageError."""
        match = re.fullmatch(r"(\w+):(\d{1,8})(K?):(\d{1,4})", text)
        if not match or match[1] not in KINDS:
            raise UsageError(
                f"{text!r} is no job for a disk.",
                hint=f"Write KIND:BYTES:DEPTH, as randread:4096:32; kinds are {', '.join(KINDS)}.",
            )
        size, depth = int(match[2]) * (1024 if match[3] else 1), int(match[4])
        if not 512 <= size <= 16 * MIB or size & (size - 1) or not 1 <= depth <= 1024:
            raise UsageError(
                f"{text!r} cannot be measured.",
                hint="Requests have 512 to 16777216 bytes, a power of two; 1 to 1024 at once.",
            )
        return cls(match[1], size, depth)


def of_guest(console: str, jobs: tuple[Job, ...]) -> dict[Job, Mapping[str, float]]:
    """Return what a guest of ours told of its jobs. Raises MeasurementFailed."""
    return _complete(guest_so_far(console), jobs)


def guest_so_far(console: str) -> dict[Job, Mapping[str, float]]:
    """Return what a guest of ours told of the jobs that it has done."""
    found: dict[Job, Mapping[str, float]] = {}
    for kind, size, depth, words in _LINE.findall(console):
        job = Job(kind, int(size), int(depth))
        found[job] = {name: float(value) for name, value in re.findall(r"(\w+)=(\d+)", words)}
    return found


def of_fio(console: str, jobs: tuple[Job, ...]) -> dict[Job, Mapping[str, float]]:
    """Return what fio's reports on a console tell of its jobs. Raises MeasurementFailed."""
    return of_fio_reports(_JSON.findall(console), jobs)


def of_fio_reports(reports: list[str], jobs: tuple[Job, ...]) -> dict[Job, Mapping[str, float]]:
    """Return what fio's reports tell of its jobs, in their order. Raises MeasurementFailed."""
    found: dict[Job, Mapping[str, float]] = {}
    for text, job in zip(reports, jobs, strict=False):
        try:
            found[job] = _of_one(json.loads(text), job)
        except (ValueError, KeyError, IndexError, TypeError) as problem:
            raise MeasurementFailed(f"fio's report of {job} makes no sense: {problem}.") from None
    return _complete(found, jobs)


def _of_one(report: Mapping[str, Any], job: Job) -> Mapping[str, float]:
    done = report["jobs"][0]["write" if job.kind.endswith("write") else "read"]
    latencies = done["clat_ns"]
    told = latencies["percentile"]
    return {
        "ios": done["total_ios"],
        "ns": done["runtime"] * 1e6,
        **{name: told[f"{part:.6f}"] for name, part in PERCENTILES.items()},
        "max": latencies["max"],
    }


def _complete(
    found: dict[Job, Mapping[str, float]], jobs: tuple[Job, ...]
) -> dict[Job, Mapping[str, float]]:
    for job in jobs:
        told = found.get(job, {})
        if not told.get("ios") or not told.get("ns"):
            raise MeasurementFailed(f"Nothing was told of {job}.")
    return found


def rows(
    told: Mapping[Job, Mapping[str, float]],
    dimensions: Mapping[str, Scalar],
    sample: int,
    *,
    latencies: bool,
) -> Iterator[Measurement]:
    """Return rows of what was told.

    "block.<kind>" is in MiB/s, "block.<kind>.iops" in requests/s, "block.<kind>.latency" in µs with
    the dimension `percentile`, 100 for the largest.
    """
    for job, values in told.items():
        here = {**dimensions, "request_bytes": job.request_bytes, "depth": job.depth}
        seconds = values["ns"] / 1e9
        metric = f"block.{job.kind}"
        speed = values["ios"] * job.request_bytes / MIB / seconds
        yield Measurement(metric, speed, "MiB/s", here, sample)
        yield Measurement(f"{metric}.iops", values["ios"] / seconds, "requests/s", here, sample)
        for name, percentile in {**PERCENTILES, "max": 100.0}.items() if latencies else ():
            at = {**here, "percentile": percentile}
            yield Measurement(f"{metric}.latency", values[name] / 1e3, "µs", at, sample)
