import json

import pytest

from unikernel.model.measurement import Measurement
from unikernel.plots import LivePlot
from unikernel.plots.interactive import VEGA_LITE
from unikernel.plots.live import INTERVAL_S, QUIET_S, SPECIFICATIONS

WHERE = {"image": "web", "target": "virtio", "system": "unikernel", "machine": "microvm"}
AT_WORK = {
    "boot": ("boot.base", "ms", {}),
    "throughput": ("throughput.in.interval", "MiB/s", {"second": 0.5, "interval": 1}),
    "http": ("http.requests", "1/s", {}),
    "latency": ("latency.ping", "ms", {"sequence": 7}),
    "block": ("block.randread.iops", "requests/s", {"request_bytes": 4096, "depth": 1}),
}


def row(what, value=12.5):
    metric, unit, more = AT_WORK[what]
    return Measurement(metric, value, unit, WHERE | more, 1)


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def live_plot(what):
    shown, clock = [], Clock()
    return LivePlot(what, shown.append, clock), shown, clock


@pytest.mark.parametrize("what", SPECIFICATIONS)
def test_a_plot_moves_before_its_first_run_has_ended(what):
    live, shown, clock = live_plot(what)
    clock.now_s = QUIET_S
    live.watch([row(what)])
    data, _ = shown[0]._repr_mimebundle_()
    assert set(data) == {"text/plain", VEGA_LITE}  # no picture, which takes time to draw
    assert "12.5" in json.dumps(data[VEGA_LITE]["title"])
    assert "web is being measured" in repr(shown[0])


def test_it_is_shown_at_intervals():
    live, shown, clock = live_plot("latency")
    for tenth in range(40):
        clock.now_s = tenth / 10
        live.watch([row("latency", tenth)])
    assert len(shown) == 1 + int((3.9 - QUIET_S) / INTERVAL_S)
    live.finish("the plot")
    assert shown[-1] == "the plot"


def test_a_measurement_that_is_over_soon_shows_nothing():
    live, shown, _ = live_plot("boot")
    live.watch([])
    live.watch([row("boot")])
    live.finish("the plot")
    assert shown == []
