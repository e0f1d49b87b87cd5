"""Sweeps on a Dask cluster of this host: its workers are processes, and can be killed."""

import os
from multiprocessing import resource_tracker

import dask
import pytest
from dask.distributed import Client, LocalCluster
from support import TESTS
from support.exploration.measurements import boot_or_die
from support.exploration.sweeps import WORDS, compare, sizes, swept

import unikernel as uk
from unikernel.exploration.worker import name

pytestmark = pytest.mark.boot
QUIET = {"silence_logs": "CRITICAL", "dashboard_address": ":0"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of the workers', in which there is nothing."""
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="module")
def client(cache):
    env = {"UNIKERNEL_CACHE": str(cache), "PYTHONPATH": str(TESTS)}
    with (
        dask.config.set({"temporary-directory": str(cache)}),
        LocalCluster(n_workers=2, threads_per_worker=1, env=env, **QUIET) as cluster,
        Client(cluster) as client,
    ):
        yield client
    # What Python starts beside processes that are spawned, and keeps as long as this one lives.
    resource_tracker._resource_tracker._stop()


def test_sixty_points_are_the_same_as_here(client, cache):
    executor = client.get_executor()
    found = swept(executor=executor)
    assert len(found.points) == 60
    compare(found, swept())
    assert len({row.dimensions["worker"] for row in found.rows}) == 2
    # The workers had no toolchain and no image: they were sent three, once each.
    assert len(list((cache / "images").iterdir())) == 3
    assert not (cache / "libos").exists()
    here = {(row.metric, row.value) for row in sizes().rows}
    assert {(row.metric, row.value) for row in sizes(executor=executor).rows} == here


def test_a_worker_that_is_killed_loses_nothing(client, tmp_path):
    marker = tmp_path / "killed"
    axes = {"memory_mib": range(12, 32, 2), "deadly": [False, True]}
    program = WORDS.replace("{{word}}", "deadly")
    asked = {"target": "unix", "marker": str(marker), "file": tmp_path / "journal", "repeat": 1}
    found = uk.sweep(boot_or_die, program, axes, executor=client.get_executor(), **asked)
    assert marker.exists()
    assert found.complete
    assert [len({row.sample for row in point.rows}) for point in found.points] == [1] * 20
    assert not found.failed


def lose_qemu(place):
    """Look for QEMU there, or with None where it is."""
    os.environ.pop("QEMU_SYSTEM_X86_64", None)
    if place:
        os.environ["QEMU_SYSTEM_X86_64"] = place


@pytest.fixture
def poor_worker(client, tmp_path):
    """One of the workers, which has no QEMU now."""
    worker = next(iter(client.scheduler_info()["workers"]))
    client.run(lose_qemu, str(tmp_path / "none"), workers=[worker])
    yield client.run(name, workers=[worker])[worker]
    client.run(lose_qemu, None, workers=[worker])


def test_a_worker_without_qemu_says_so_in_its_rows(client, poor_worker, tmp_path):
    axes = {"memory_mib": [12, 16, 24, 32]}
    asked = {"file": tmp_path / "journal", "repeat": 1}
    program = WORDS.replace("{{word}}", "of QEMU's")
    there = uk.sweep("boot", program, axes, executor=client.get_executor(), **asked)
    lines = [point.failure.line for point in there.failed]
    assert lines
    assert all(line.startswith(f"{poor_worker}: ") and "QEMU" in line for line in lines)
    frame = there.to_frame()
    assert set(frame[frame.failed != ""].failed) == set(lines)
    assert any("The same call tries these again." in note for note in there.notes)
    here = uk.sweep("boot", program, axes, **asked)  # where there is QEMU, from the same file
    assert not here.failed
    assert here.complete
