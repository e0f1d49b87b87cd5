"""A unikernel beside Linux, both PVH domains of Xen: this host's, or that of the lab in QEMU.

Throughput and disks are those of the product's own measurements: netfront with iperf3, blkfront in
requests of 128 KiB. Boots are timed from just before a held domain is let go (`xl unpause`) to its
first line: that of an OCaml hello, and that of Linux's first process.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import unikernel
from unikernel import measure
from unikernel.baseline.launch import prepare_baseline
from unikernel.baseline.linux import BEGINS, linux
from unikernel.machines.boot import unlisted
from unikernel.machines.prepare import prepare
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.spec import Spec
from unikernel.model.targets import XEN

from .tools.interleave import interleave
from .tools.programs import BLOCK, IPERF3, LINE, OCAML
from .tools.report import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.machines.core.launch import Launch

BOOTS, RUNS, RUN_S = 5, 5, 3
LINE_TIME_S = 120.0
HELD = Spec(paused=True)
JOBS = ("read:131072:8", "write:131072:8")
METRICS = {
    "throughput.in": "net.in",
    "throughput.out": "net.out",
    "block.read": "block.read",
    "block.write": "block.write",
}
CLAIMS = (
    *(Ratio("load", f"{one}.linux", f"{one}.unikernel", at_most=1) for one in METRICS.values()),
    Ratio("boot", "boot.unikernel", "boot.linux", at_most=0.2),
)


def run(_: Path) -> Measurements:
    """Measure it all."""
    return boots() + loads()


def boots() -> Measurements:
    """Measure first lines, in turns."""
    hello = prepare(unikernel.build(OCAML, name="xen-hello", target=XEN.name), None, HELD)
    theirs = prepare_baseline(linux("net", XEN), HELD)
    takes = {
        "boot.unikernel": partial(_first_line_ms, hello, LINE),
        "boot.linux": partial(_first_line_ms, theirs, BEGINS),
    }
    return interleave(takes, repeat=BOOTS, accelerator=hello.accelerator.name)


def _first_line_ms(launch: Launch, line: str) -> float:
    with unlisted(launch) as machine:
        began = time.perf_counter()
        machine.resume()
        machine.console.expect(line, timeout_s=LINE_TIME_S)
        return (time.perf_counter() - began) * 1000


def loads() -> Measurements:
    """Measure throughput and disks, in turns; rows are named by system."""
    stack = ["mirage-stack-unikernel", "unikernel-apps.iperf3"]
    iperf3 = unikernel.build(IPERF3, name="xen-iperf3", target=XEN.name, packages=stack)
    disk = unikernel.build(
        BLOCK, name="xen-block", target=XEN.name, packages=["unikernel-apps.block"]
    )
    rows = [
        *measure.throughput(iperf3, repeat=RUNS, seconds=RUN_S, baseline="linux"),
        *measure.block(disk, jobs=JOBS, repeat=RUNS, seconds=RUN_S, baseline="linux"),
    ]
    return Measurements(_named(row) for row in rows if row.metric in METRICS)


def _named(row: Measurement) -> Measurement:
    name = f"{METRICS[row.metric]}.{row.dimensions['system']}"
    return Measurement(name, row.value, row.unit, row.dimensions, row.sample)
