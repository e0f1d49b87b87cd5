"""A sweep of sixty points on one worker and on two: how much sooner two are done.

Two questions on the same clusters, in turns, whose workers have the images already. "guests" boots
one under QEMU at each point, which keeps a processor busy: there two workers are worth what two
processors are. "waiting" measures what takes 50 ms wherever it runs: there is nothing but the cost
of handing it over.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import Executor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import dask
import ipyparallel
from dask.distributed import Client, LocalCluster
from support.exploration.measurements import wait

import unikernel as uk
from unikernel.exploration.measurements import What

from .tools.interleave import interleave
from .tools.programs import OCAML
from .tools.report import Claim, Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.model.measurement import Measurements

POINTS = range(16, 76)  # MiB of memory
REPEAT = 3
CLAIMS: tuple[Claim, ...] = (
    *(
        Ratio(f"two {kind} workers, {what}", f"{what}.{kind}.2", f"{what}.{kind}.1", at_most=most)
        for what, most in (("guests", 0.7), ("waiting", 0.6))
        for kind in ("dask", "ipyparallel")
    ),
    Ratio("one dask worker", "guests.dask.1", "guests.here", at_most=1.2),
)


def run(_: Path) -> Measurements:
    """Start a cluster of each kind with one worker, and one with two; measure on all, in turns."""
    image = uk.build(OCAML, name="bench-hello")
    with ExitStack() as stack:
        executors: dict[str, Executor | None] = {"here": None}
        for workers in (1, 2):
            executors[f"dask.{workers}"] = _dask(stack, workers)
            executors[f"ipyparallel.{workers}"] = _ipyparallel(stack, workers)
        takes = {
            f"{what}.{name}": partial(_swept, measured, image, executor)
            for name, executor in executors.items()
            for what, measured in (("guests", "boot"), ("waiting", wait))
        }
        return interleave(takes, repeat=REPEAT)


def _dask(stack: ExitStack, workers: int) -> Executor:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.enter_context(dask.config.set({"temporary-directory": folder}))
    cluster = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers, threads_per_worker=1, dashboard_address=":0"
    )
    client = stack.enter_context(
        Client(stack.enter_context(cluster))  # type: ignore[no-untyped-call]
    )
    executor: Executor = client.get_executor()
    return executor


def _ipyparallel(stack: ExitStack, workers: int) -> Executor:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    cluster = ipyparallel.Cluster(n=workers, profile_dir=folder)
    executor: Executor = stack.enter_context(cluster).executor()
    return executor


def _swept(measured: What, image: uk.Image, executor: Executor | None) -> float:
    begun_s = time.monotonic()
    asked = {"memory_mib": POINTS}
    found = uk.sweep(measured, image, asked, repeat=1, warm_ups=0, executor=executor)
    if not found.complete or found.failed:
        raise uk.errors.MeasurementFailed("A point of the sweep failed.", detail=str(found))
    return 1000 * (time.monotonic() - begun_s)
