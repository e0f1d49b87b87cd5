"""How fast a guest reads and writes its disk, beside Linux and fio on the same disk.

Both take turns, each in a fresh machine for every sample, on one file with random contents, which
nobody else sees:

    image for QEMU ── baseline: fio with direct I/O in a Linux of the same QEMU, on virtio-blk
    image for Xen  ── baseline: the same in a PVH domain beside it, on blkfront
    image for unix ── baseline: fio on the host, on the same file, by the same system calls

Linux without ACPI counts time in ticks of 4 ms where QEMU emulates the processor, so that fio has
no latencies there that are worth a row.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from unikernel.baseline.guests import DISK, GUESTS
from unikernel.baseline.launch import prepare_baseline
from unikernel.baseline.linux import MEASURED, linux
from unikernel.disks import temporary
from unikernel.errors import ConsoleTimeout, MeasurementFailed, UsageError, WrongState
from unikernel.machines import Machine
from unikernel.machines.boot import unlisted
from unikernel.machines.core.launch import Launch
from unikernel.machines.prepare import prepare
from unikernel.model import targets
from unikernel.model.block import Block, parse
from unikernel.model.dimensions import host
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image

from . import block_report, host_tool
from .block_report import DONE, FAILED, MIB, TOLD, Job
from .boot_time import Progress, Watch
from .systems import OURS, check_baseline, in_turns

JOBS = (
    *("read:131072:8", "write:131072:8"),
    *("randread:4096:1", "randread:4096:32", "randwrite:4096:1", "randwrite:4096:32"),
)
DISK_SIZE = "256M"
STARTING_TIME_S = 120.0  # of a Linux on a loaded host
JOB_TIME_S = 20.0  # beyond its seconds, in which a job ends and fio starts
TAIL_CHARACTERS = 2000

Told = Mapping[Job, Mapping[str, float]]
Sample = tuple[Told, Mapping[str, Scalar]]
Tell = Callable[[Told, Mapping[str, Scalar]], None]  # of the jobs that are done


@dataclass(frozen=True)
class _Load:
    """The jobs, and how long each takes."""

    jobs: tuple[Job, ...]
    seconds: float

    @property
    def text(self) -> str:
        """The jobs as one word."""
        return ",".join(map(str, self.jobs))

    @property
    def runtime(self) -> str:
        """The time of a job in fio's words, who drops what is behind the point of a number."""
        return f"{max(1, round(self.seconds * 1000))}ms"


@dataclass(frozen=True)
class _System:
    """One of those compared: its label, and what takes a sample: what was told, and dimensions."""

    label: str
    sample: Callable[[Tell], Sample]


def block(
    image: Image,
    /,
    *,
    jobs: Sequence[str] = JOBS,
    seconds: float = 2.0,
    repeat: int = 3,
    baseline: str | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    **choices: Any,
) -> Measurements:
    """Let a guest load its first block device, `repeat` times, each job for `seconds`.

    The image is one of unikernel-apps.block. `jobs` are written KIND:BYTES:DEPTH, as in
    "randread:4096:32": read and write go from the start on, randread and randwrite anywhere.
    `choices` are those of a Spec; the disk of the device is a size ("256M" by default), since it is
    written all over. With `baseline` "linux", Linux and fio do the same in turns. `watch(rows)` is
    called with the rows so far after every turn, and every job of a guest of ours.

    Returns "block.<kind>" in MiB/s, "block.<kind>.iops" in requests/s and "block.<kind>.latency"
    in µs, with the dimensions request_bytes, depth, disk_bytes, engine and percentile. Raises
    UsageError, MeasurementFailed, BaselineUnavailable, PackageUnavailable and what booting
    raises.
    """
    load = _Load(tuple(dict.fromkeys(map(Job.parse, jobs))), seconds)
    if not load.jobs or seconds <= 0:
        raise UsageError("Measuring a disk takes at least one job, and some time for it.")
    check_baseline(baseline)
    if not image.blocks:
        raise UsageError(
            f"The image {image.name!r} has no block device.",
            hint="Build it with one: %%unikernel build NAME --block D -p unikernel-apps.block",
        )
    spec, size = _spec(image, Spec(**choices))
    rows: list[Measurement] = []
    with _filled(size) as path:
        systems = _systems(image, spec, Block(path), load, baseline)
        for system, sample in in_turns(systems, repeat, progress, "disk", "loading a disk with"):
            rows_of = partial(_rows, label=system.label, disk_bytes=size, sample=sample)

            tell = partial(_tell, watch, rows_of, tuple(rows))
            rows += rows_of(*system.sample(tell))
            if watch:
                watch(rows)
    return Measurements(rows)


def _tell(
    watch: Watch | None,
    rows_of: Callable[[Told, Mapping[str, Scalar]], list[Measurement]],
    before: Sequence[Measurement],
    told: Told,
    dimensions: Mapping[str, Scalar],
) -> None:
    """Tell whoever watches of the rows before, and of the jobs of this turn that are done."""
    if watch:
        watch([*before, *rows_of(told, dimensions)])


def _rows(
    told: Told, dimensions: Mapping[str, Scalar], *, label: str, disk_bytes: int, sample: int
) -> list[Measurement]:
    facts = {**dimensions, "system": label, "disk_bytes": disk_bytes}
    coarse = label != OURS and dimensions["accelerator"] == "tcg"
    return list(block_report.rows(told, facts, sample, latencies=not coarse))


def _spec(image: Image, spec: Spec) -> tuple[Spec, int]:
    """Return the spec without the disk of the first device, and that disk's size."""
    device = image.blocks[0]
    blocks = dict(spec.blocks)
    disk = blocks.pop(device, None) or blocks.pop("", None) or parse(DISK_SIZE)
    if not disk.is_fresh:
        raise UsageError(
            f"Measuring writes all over a disk, so {disk} is not used.",
            hint=f"Say how large it is to be: --block {device}={DISK_SIZE}",
        )
    return replace(spec, blocks=blocks), disk.size_bytes


@contextmanager
def _filled(size_bytes: int) -> Iterator[str]:
    """Give a path to a file without a name, full of random bytes: a hole is read too fast."""
    descriptor = temporary.file(size_bytes)
    try:
        for offset in range(0, size_bytes, MIB):
            os.pwrite(descriptor, os.urandom(min(MIB, size_bytes - offset)), offset)
        os.fsync(descriptor)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _systems(
    image: Image, spec: Spec, disk: Block, load: _Load, baseline: str | None
) -> tuple[_System, ...]:
    target = targets.of(image)
    if baseline:
        spec = replace(spec, machine=target.pci_machine_type(spec.machine))
    asked = (f"--jobs={load.text}", f"--seconds={load.seconds:g}")
    with_disk = {**spec.blocks, image.blocks[0]: disk}
    mine = replace(spec, blocks=with_disk, arguments=(*spec.arguments, *asked))
    ours = prepare(image, None, mine)
    found = [_System(OURS, partial(_guest, ours, load))]
    if baseline and target.hypervisor:
        told = {"FIO_DISK": GUESTS[target.name].disk, "FIO_JOBS": load.text}
        told["FIO_RUNTIME"] = load.runtime
        theirs = replace(spec, nets={}, blocks={DISK: disk}, environment=told)
        launch = prepare_baseline(linux("block", target), theirs)
        found.append(_System(baseline, partial(_linux, launch, load)))
    elif baseline:
        found.append(_System(baseline, partial(_native, disk.file, load)))
    return tuple(found)


def _guest(launch: Launch, load: _Load, tell: Tell) -> Sample:
    console, dimensions = _run(launch, f"{DONE}|{FAILED}[^\n]*\n", load, tell)
    if FAILED in console:
        raise MeasurementFailed(
            console[console.index(FAILED) :].splitlines()[0], detail=console[-TAIL_CHARACTERS:]
        )
    return block_report.of_guest(console, load.jobs), {**dimensions, "engine": "unikernel"}


def _linux(launch: Launch, load: _Load, tell: Tell) -> Sample:
    console, dimensions = _run(launch, MEASURED, load, tell)
    return block_report.of_fio(console, load.jobs), {**dimensions, "engine": "libaio"}


def _run(launch: Launch, end: str, load: _Load, tell: Tell) -> tuple[str, Mapping[str, Scalar]]:
    """Boot a machine, wait until its console shows `end`, and end it; return the console."""
    limit_s = STARTING_TIME_S + len(load.jobs) * (load.seconds + JOB_TIME_S)
    with unlisted(launch) as machine:
        try:
            deadline_s = time.monotonic() + limit_s
            while not re.match(end, _said(machine, f"{end}|{TOLD}", deadline_s)):
                tell(block_report.guest_so_far(machine.console.text), machine.dimensions())
        except (ConsoleTimeout, WrongState) as problem:
            why = machine.exit or problem.what
            raise MeasurementFailed(
                f"{launch.name} did not come to the end of its jobs: {why}",
                detail=machine.console.tail(),
            ) from problem
        return machine.console.text, machine.dimensions()


def _said(machine: Machine, pattern: str, deadline_s: float) -> str:
    left_s = max(0.0, deadline_s - time.monotonic())
    return machine.console.expect(pattern, timeout_s=left_s)[0]


def _native(path: str, load: _Load, _: Tell) -> Sample:
    """Run fio on the host, through the page cache, as a process of ours reads and writes."""
    fio = host_tool.find("fio")
    reports = []
    for job in load.jobs:
        done = host_tool.run([fio, *_flags(job, path, load.runtime)], load.seconds)
        if done.returncode:
            raise MeasurementFailed(f"fio ended with {done.returncode}.", detail=done.stderr)
        reports.append(done.stdout[done.stdout.find("{") :])
    facts = {"image": "linux", "target": "unix", "machine": "host", "accelerator": "native"}
    tool = {"engine": "psync", "tool": f"fio {host_tool.version(fio)}"}
    return block_report.of_fio_reports(reports, load.jobs), {**facts, **host(), **tool}


def _flags(job: Job, path: str, runtime: str) -> list[str]:
    return [
        *(f"--name={job}", f"--filename={path}", f"--rw={job.kind}", f"--bs={job.request_bytes}"),
        *(f"--iodepth={job.depth}", "--ioengine=psync", "--direct=0", "--invalidate=0"),
        *("--time_based", f"--runtime={runtime}", "--norandommap", "--randrepeat=0"),
        *("--allow_file_create=0", "--thread", "--output-format=json"),
    ]
