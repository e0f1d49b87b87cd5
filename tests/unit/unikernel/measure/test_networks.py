"""Measuring networks without a guest: reports in, rows and pictures out."""

import importlib
import json
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from unikernel import plots
from unikernel.errors import MeasurementFailed, UsageError
from unikernel.frontends.commands.measuring.choices import stated
from unikernel.frontends.commands.parsers import parse, split
from unikernel.measure import host_tool, iperf3, systems
from unikernel.model.measurement import Measurement, Measurements
from unikernel.render.display import measurements_table
from unikernel_toolchain.tools.run import CompletedProcess

http = importlib.import_module(
    "unikernel.measure.http_load"
)  # the package has functions of the name
latency = importlib.import_module("unikernel.measure.round_trip")
MIB_S = 8 * (1 << 20)  # bits per second
WHERE = {"image": "web", "target": "virtio", "machine": "pc", "accelerator": "tcg"}


def report(whole=100, intervals=(90, 110), **more):
    parts = [
        {"sum": {"start": n * 0.25, "bits_per_second": mib_s * MIB_S, "retransmits": 0}}
        for n, mib_s in enumerate(intervals)
    ]
    end = {"sum_received": {"bits_per_second": whole * MIB_S}} | more
    return {"intervals": parts, "end": end}


def test_a_report_becomes_rows():
    rows = list(iperf3.rows(report(), "in", WHERE, 2))
    assert [(row.metric, row.value) for row in rows] == [
        ("throughput.in", 100),
        ("throughput.in.interval", 90),
        ("throughput.in.interval", 110),
    ]
    assert [row.dimensions.get("second") for row in rows] == [None, 0.0, 0.25]
    assert {row.sample for row in rows} == {2}


def test_udp_tells_what_was_lost():
    rows = list(iperf3.rows(report(sum={"lost_percent": 1.5}), "out", WHERE, 0))
    assert (rows[-1].metric, rows[-1].value, rows[-1].unit) == ("throughput.out.lost", 1.5, "%")


@pytest.mark.parametrize(
    ("load", "direction", "flags"),
    [
        (iperf3.Load(), "in", "-t 5 -i 0.25 -P 1"),
        (iperf3.Load(2, 4, window_kib=64), "out", "-t 2 -i 0.25 -P 4 -R -w 64K"),
        (iperf3.Load(protocol="udp"), "in", "-t 5 -i 0.25 -P 1 -u -b 0M"),
    ],
)
def test_a_load_becomes_flags(load, direction, flags):
    assert " ".join(load.flags(direction)) == flags


@pytest.mark.parametrize("choices", [{"seconds": 0.5}, {"streams": 0}, {"protocol": "sctp"}])
def test_a_load_that_cannot_be(choices):
    with pytest.raises(UsageError):
        iperf3.Load(**choices)


def ran(stdout):
    return CompletedProcess((), 0, stdout, "")


def test_a_refused_client_is_tried_again_for_a_while(monkeypatch):
    monkeypatch.setattr(host_tool, "find", lambda *_: "iperf3")
    monkeypatch.setattr(iperf3, "PAUSE_S", 0)
    answers = [json.dumps({"error": "the server is busy"})] * 3 + [json.dumps(report())]
    monkeypatch.setattr(host_tool, "run", lambda *_: ran(answers.pop(0)))
    assert "end" in iperf3.client(("host", 1), "in", iperf3.Load(), lambda *_: None)
    answers[:] = ["no JSON"]
    monkeypatch.setattr(iperf3, "RETRY_TIME_S", -1)
    with pytest.raises(MeasurementFailed, match="could not measure host:1"):
        iperf3.client(("host", 1), "in", iperf3.Load(), lambda *_: None)


def test_pings_are_read():
    output = (
        "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.534 ms\n"
        "From 10.0.0.1 icmp_seq=2 Destination Host Unreachable\n"
        "64 bytes from 10.0.0.2: icmp_seq=3 ttl=38 time=1.20 ms\n"
    )
    assert list(latency._answers(output)) == [(1, 0.534), (3, 1.2)]


def test_what_wrk_reports_becomes_rows():
    report = {"requests": 500, "duration_us": 500_000, "bytes": 1 << 20}
    report |= {f"{name}_us": 1500 for name in http.PERCENTILES}
    rows = {row.metric: row.value for row in http._rows(report, WHERE, 0)}
    assert rows["http.requests"] == 1000
    assert rows["http.transfer"] == 2
    assert rows["http.latency.p99"] == 1.5


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("unable to connect", "could not measure"),
        ('{"requests": 9, "failed": 1, "refused": 0}', "1 failed"),
        ('{"requests": 9, "failed": 0, "refused": 9}', "9 were refused"),
        ('{"requests": 0, "failed": 0, "refused": 0}', "0 did"),
    ],
)
def test_a_server_that_fails_requests_is_no_measurement(output, message, monkeypatch):
    monkeypatch.setattr(host_tool, "run", lambda *_: ran(output))
    with pytest.raises(MeasurementFailed, match=message):
        http._wrk("wrk", "http://host/", http.Load("/", 1, 1), lambda *_: None)


def test_a_tool_that_is_not_installed(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MeasurementFailed) as caught:
        host_tool.find("ping")
    assert "apt-get install iputils-ping" in caught.value.hint


def test_a_tool_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(host_tool, "GRACE_S", 0.1)
    with pytest.raises(MeasurementFailed, match="did not end"):
        host_tool.run(["sleep", "60"], 0)


def test_a_tool_is_watched_and_its_output_kept():
    ticks = []
    done = host_tool.run(
        ["sh", "-c", "echo out; echo err >&2; sleep 0.4; exit 3"], 1, lambda *t: ticks.append(t)
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert ticks


@pytest.mark.parametrize(
    ("baseline", "choices", "message"),
    [("windows", {}, "there is: linux"), (None, {"nets": {"": "lan:lab"}}, "not on a lan")],
)
def test_what_cannot_be_compared(baseline, choices, message):
    with pytest.raises(MeasurementFailed, match=message):
        systems.systems_under_test("web", "http", 80, baseline, choices)


def test_a_path_that_is_none_is_refused_before_anything_starts():
    with pytest.raises(UsageError, match="begins with /, and 'nope' does not"):
        http.http("no image", path="nope")


@pytest.mark.parametrize(("said", "shown"), [("", "before"), ("a\n", "before\nConsole:\na\n")])
def test_a_failure_shows_what_the_guest_said_if_it_said_anything(said, shown):
    with (
        pytest.raises(MeasurementFailed) as caught,
        systems.explained("Console:", lambda: said),
    ):
        raise MeasurementFailed("It failed.", detail="before")
    assert caught.value.detail == shown


def test_flags_of_measurements():
    line = "measure throughput web --seconds 2 --streams 4 --window 64 --baseline linux -r 5"
    assert stated(parse(split(line))) == {
        "seconds": 2,
        "streams": 4,
        "window_kib": 64,
        "baseline": "linux",
        "repeat": 5,
    }


@pytest.mark.parametrize(
    "line",
    [
        "measure boot web --streams 2",
        "plot size web --baseline linux",
        "measure http web --count 3",
    ],
)
def test_a_flag_for_another_measurement_is_refused(line):
    with pytest.raises(UsageError) as caught:
        stated(parse(split(line)))
    assert caught.value.hint.startswith("It is for")


def compared(metrics, baseline=True):
    return Measurements(
        Measurement(metric, value * factor + sample, "x", WHERE | {"system": system} | more, sample)
        for system, factor in (("unikernel", 2), ("linux", 1))[: 1 + baseline]
        for sample in range(3)
        for metric, value, more in metrics
    )


THROUGHPUT = [
    *((f"throughput.{way}", 100, {}) for way in ("in", "out")),
    *(
        (f"throughput.{way}.interval", 90 + n, {"second": n / 4, "interval": n})
        for way in ("in", "out")
        for n in range(8)
    ),
]
HTTP = [("http.requests", 1000, {}), *((f"http.latency.{p}", 5, {}) for p in http.PERCENTILES)]
LATENCY = [("latency.ping", 0.3, {"sequence": n}) for n in range(9)]


def texts(figure):
    figure.canvas.draw()
    return " ".join(
        artist.get_text() for artist in figure.findobj(lambda one: hasattr(one, "get_text"))
    )


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize(
    ("draw", "metrics"),
    [(plots.throughput, THROUGHPUT), (plots.http, HTTP), (plots.latency, LATENCY)],
    ids=["throughput", "http", "latency"],
)
def test_every_measurement_has_a_picture(draw, metrics, baseline):
    figure = draw(compared(metrics, baseline)).figure
    assert isinstance(figure, Figure)
    labels = texts(figure)
    assert ("× linux" in labels) == baseline
    assert "TCG" in labels


@pytest.mark.parametrize(
    ("draw", "metrics"),
    [(plots.throughput, THROUGHPUT), (plots.http, HTTP), (plots.latency, LATENCY)],
    ids=["throughput", "http", "latency"],
)
def test_a_baseline_that_is_no_guest_is_called_so(draw, metrics):
    rows = Measurements(
        replace(row, dimensions={**row.dimensions, "machine": "namespace"})
        if row.dimensions["system"] == "linux"
        else row
        for row in compared(metrics)
    )
    labels = texts(draw(rows).figure)
    assert "× linux (namespace)" in labels
    assert "unikernel (namespace)" not in labels


@pytest.mark.parametrize("draw", [plots.throughput, plots.http, plots.latency])
def test_rows_of_something_else_have_none(draw):
    with pytest.raises(MeasurementFailed, match="hold no"):
        draw(Measurements())


def test_the_table_tells_systems_apart_and_leaves_intervals_out():
    table = str(measurements_table(compared(THROUGHPUT)))
    assert "throughput.in (unikernel)" in table
    assert "throughput.in (linux)" in table
    assert "interval" not in table
    assert "(unikernel)" not in str(measurements_table(compared(HTTP, baseline=False)))
