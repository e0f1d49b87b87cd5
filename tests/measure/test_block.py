"""A disk under load: guests that tell of it, and the real fio beside them."""

import pytest
from support.guests import tiny_guest, tiny_process

import unikernel
from unikernel import measure, plots
from unikernel.errors import MeasurementFailed, UsageError

JOB = "randread:4096:4"
LINE = "block-load randread 4096 4 ios=100 ns=1000000000 p50=1000 p90=2 p99=3 p999=4 max=5\n"
TOLD = LINE + "block-load done\n"


def image_of(kind, tmp_path, text=TOLD, blocks=("storage",)):
    return kind.image(tmp_path, kind.say(text) + kind.LOOP, blocks=blocks)


@pytest.mark.boot
@pytest.mark.parametrize("kind", [tiny_guest, tiny_process])
def test_rows_have_metric_unit_and_dimensions(tmp_path, kind):
    rows = measure.block(image_of(kind, tmp_path), jobs=[JOB], repeat=2, blocks={"storage": "2M"})
    assert [row.value for row in rows if row.metric == "block.randread.iops"] == [100.0, 100.0]
    row = next(iter(rows))
    assert (row.metric, row.unit) == ("block.randread", "MiB/s")
    facts = {"system": "unikernel", "disk_bytes": 2 << 20, "request_bytes": 4096, "depth": 4}
    assert facts.items() <= row.dimensions.items()
    assert len(rows) == 2 * 7
    assert plots.block(rows).figure.axes


@pytest.mark.boot
@pytest.mark.parametrize("kind", [tiny_guest, tiny_process])
def test_fio_takes_its_turns(tmp_path, kind):
    """Under QEMU in a Linux of the same QEMU, else on the host."""
    image = image_of(kind, tmp_path)
    choices = {"blocks": {"storage": "2M"}, "baseline": "linux", "repeat": 1, "seconds": 0.5}
    rows = measure.block(image, jobs=[JOB], **choices)
    systems = [row.dimensions["system"] for row in rows if row.metric == "block.randread"]
    assert systems == ["unikernel", "linux"]
    theirs = rows.where(lambda row: row.dimensions["system"] == "linux")
    assert theirs.median("block.randread.iops") > 0
    assert plots.block(rows).figure.axes


@pytest.mark.boot
def test_a_guest_that_fails_is_quoted(tmp_path):
    image = image_of(tiny_process, tmp_path, "block-load failed: no device\n")
    with pytest.raises(MeasurementFailed, match="no device"):
        measure.block(image, jobs=[JOB])
    ended = tiny_process.image(tmp_path, tiny_process.leave(3), name="ends", blocks=("storage",))
    with pytest.raises(MeasurementFailed, match="end of its jobs"):
        measure.block(ended, jobs=[JOB])


def test_what_cannot_be_measured_is_refused(tmp_path):
    image = image_of(tiny_process, tmp_path)
    for wrong, says in (
        ({"blocks": {"storage": "/home/me/precious.img"}}, "writes all over"),
        ({"jobs": []}, "at least one job"),
        ({"jobs": ["trim:4096:1"]}, "no job"),
        ({"seconds": 0}, "some time"),
    ):
        with pytest.raises(UsageError, match=says):
            measure.block(image, **wrong)
    with pytest.raises(UsageError, match="no block device"):
        measure.block(image_of(tiny_process, tmp_path, blocks=()))
    with pytest.raises(MeasurementFailed, match="there is: linux"):
        measure.block(image, baseline="windows")


@pytest.mark.boot
@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_the_application_in_the_box_does_what_is_asked(target):
    text = """
    module Load = Block_load.Make (Mclock) (Block)
    let start () = Lwt.bind (Block.connect "storage") Load.run
    """
    clock, block = "mirage-clock-freestanding", "mirage-block-unikernel"
    packages = [clock, block, "unikernel-apps.block"]
    image = unikernel.build(
        text, name=f"load-{target}", target=target, packages=packages, blocks=["storage"]
    )
    jobs = ["read:131072:8", "randwrite:4096:32"]
    rows = measure.block(image, jobs=jobs, repeat=1, seconds=0.2, blocks={"storage": "4M"})
    assert rows.median("block.read") > 0
    assert rows.median("block.randwrite.iops") > 0
    assert len(rows) == 2 * 7
