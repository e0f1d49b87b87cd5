"""What loads of a disk report: lines of guests of ours, and fio's JSON."""

import json

import pytest

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.measure.block_report import Job, of_fio, of_guest, rows

RANDOM, SEQUENTIAL = Job("randread", 4096, 32), Job("write", 131072, 8)
LATENCIES = "p50=1500 p90=2000 p99=3000 p999=4000 max=9000"
LINE = f"block-load randread 4096 32 ios=2000 ns=500000000 {LATENCIES}"
OTHER = f"block-load write 131072 8 ios=80 ns=1000000000 {LATENCIES}"


def fio(kind, ios, runtime_ms):
    percentile = {"50.000000": 1500, "90.000000": 2000, "99.000000": 3000, "99.900000": 4000}
    done = {
        "total_ios": ios,
        "runtime": runtime_ms,
        "clat_ns": {"percentile": percentile, "max": 9000},
    }
    return f"fio: report\r\n{json.dumps({'jobs': [{kind: done}]})}\r\nfio: end of report\r\n"


def told(found, sample=0, latencies=True):
    return [
        (row.metric, row.value, row.unit, row.dimensions.get("percentile"))
        for row in rows(found, {"system": "x"}, sample, latencies=latencies)
    ]


EXPECTED = [
    ("block.randread", 15.625, "MiB/s", None),
    ("block.randread.iops", 4000.0, "requests/s", None),
    ("block.randread.latency", 1.5, "µs", 50.0),
    ("block.randread.latency", 2.0, "µs", 90.0),
    ("block.randread.latency", 3.0, "µs", 99.0),
    ("block.randread.latency", 4.0, "µs", 99.9),
    ("block.randread.latency", 9.0, "µs", 100.0),
]


def test_a_guests_lines_become_rows():
    found = of_guest(f"up\r\n{LINE}\r\nnoise\n{OTHER}\nblock-load done\r\n", (RANDOM, SEQUENTIAL))
    assert list(found) == [RANDOM, SEQUENTIAL]
    assert told(found)[:7] == EXPECTED
    assert told(found)[7] == ("block.write", 10.0, "MiB/s", None)


def test_fios_report_becomes_the_same_rows():
    text = f"baseline: ready\r\nJobs: 1 (f=1){fio('read', 2000, 500)}"
    assert told(of_fio(text, (RANDOM,))) == EXPECTED
    assert told(of_fio(fio("write", 80, 1000), (SEQUENTIAL,)))[0][1] == 10.0


def test_latencies_can_be_left_out():
    assert told(of_fio(fio("read", 2000, 500), (RANDOM,)), latencies=False) == EXPECTED[:2]


def test_rows_say_what_was_asked():
    row = next(rows(of_guest(LINE, (RANDOM,)), {"system": "x"}, 2, latencies=False))
    assert row.dimensions == {"system": "x", "request_bytes": 4096, "depth": 32}
    assert row.sample == 2


@pytest.mark.parametrize("console", ["", OTHER, LINE.replace("ios=2000", "ios=0")])
def test_a_job_of_which_nothing_is_told_is_named(console):
    with pytest.raises(MeasurementFailed, match="randread:4096:32"):
        of_guest(console, (RANDOM,))


@pytest.mark.parametrize("report", ["{", "{}", '{"jobs": []}', '{"jobs": [{"read": {}}]}', "[]"])
def test_a_report_without_sense_is_told(report):
    with pytest.raises(MeasurementFailed, match="no sense"):
        of_fio(f"fio: report\n{report}\nfio: end of report", (RANDOM,))


def test_jobs_have_a_text_form():
    assert Job.parse("randread:4K:32") == RANDOM
    assert str(RANDOM) == "randread:4096:32"
    for wrong in ("", "read", "trim:4096:1", "read:0:1", "read:5000:1", "read:4096:0", "read:1G:1"):
        with pytest.raises(UsageError):
            Job.parse(wrong)
