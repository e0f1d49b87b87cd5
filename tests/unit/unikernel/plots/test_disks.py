"""The picture of a disk's figures."""

import pytest

from unikernel import plots
from unikernel.errors import MeasurementFailed
from unikernel.measure.block_report import Job, rows
from unikernel.model.measurement import Measurements

TIMES = {"p50": 1e3, "p90": 2e3, "p99": 3e3, "p999": 4e3, "max": 5e3}


def measured(system, ios, *jobs, latencies=True):
    told = {job: {"ios": ios, "ns": 1e9, **TIMES} for job in jobs}
    facts = {"system": system, "image": "load", "target": "virtio"}
    return Measurements(rows(told, facts, 0, latencies=latencies))


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_systems_stand_side_by_side_with_their_ratio():
    jobs = Job("read", 1 << 20, 8), Job("randread", 4096, 32)
    figure = plots.block(measured("unikernel", 300, *jobs) + measured("linux", 200, *jobs)).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "one after the other",
        "anywhere",
        "latency",
    ]
    assert texts(figure) == ["300", "200 (1.50×)"] * 2
    assert [line.get_linestyle() for line in figure.axes[2].lines] == ["-", "--"]


def test_what_was_not_measured_has_no_panel():
    figure = plots.block(
        measured("unikernel", 300, Job("randwrite", 512, 1), latencies=False)
    ).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["anywhere"]
    with pytest.raises(MeasurementFailed, match="nothing of a disk"):
        plots.block(Measurements())
