"""Sweeps on engines of IPython's, started for it."""

import logging

import ipyparallel
import pytest
import zmq
from support import TESTS
from support.exploration.measurements import boot_or_die
from support.exploration.sweeps import WORDS, compare, swept

import unikernel as uk

pytestmark = pytest.mark.boot


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ipython")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        patch.setenv("PYTHONPATH", str(TESTS))
        cluster = ipyparallel.Cluster(n=2, log_level=logging.ERROR, profile_dir=str(folder))
        with zmq.Context() as context:  # its own, which ends with it
            cluster.start_cluster_sync()
            try:
                client = cluster.connect_client_sync(context=context)
                client.wait_for_engines(2, timeout=60)
                yield client
                client.close()
            finally:
                cluster.stop_cluster_sync()


def test_sixty_points_are_the_same_as_here(client):
    found = swept(executor=client.executor())
    compare(found, swept())
    assert len({row.dimensions["worker"] for row in found.rows}) == 2


def of_the_notebook(image, *, memory_mib):
    from unikernel import Measurement, Measurements

    return Measurements([Measurement("of.notebook", 2.0 * memory_mib, "MiB", {"name": image.name})])


def test_a_function_of_the_notebook_goes_along(client):
    of_the_notebook.__module__ = "__main__"  # as in a notebook, whose functions no engine imports
    program = WORDS.replace("{{word}}", "function")
    found = uk.sweep(
        of_the_notebook,
        program,
        {"memory_mib": [16, 32]},
        executor=client.executor(),
        target="unix",
    )
    assert [point.median("of.notebook") for point in found.points] == [32.0, 64.0]


def test_an_engine_that_is_killed_loses_nothing(client, tmp_path):
    marker = tmp_path / "killed"
    axes = {"memory_mib": range(12, 32, 2), "deadly": [False, True]}
    program = WORDS.replace("{{word}}", "deadly")
    found = uk.sweep(
        boot_or_die,
        program,
        axes,
        executor=client.executor(),
        target="unix",
        marker=str(marker),
        repeat=1,
    )
    assert marker.exists()
    assert found.complete
    assert not found.failed
    assert [len({row.sample for row in point.rows}) for point in found.points] == [1] * 20
