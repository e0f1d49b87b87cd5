"""Sliders and the measurements that they begin, without a page and without a guest."""

import threading

import pytest
from support.images import image_of

from unikernel import measure
from unikernel.errors import MeasurementFailed, UsageError
from unikernel.frontends.notebook.widgets.measuring import experiment
from unikernel.frontends.notebook.widgets.measuring.experiment import KEPT, Experiment
from unikernel.frontends.notebook.widgets.measuring.slider_box import CHOICES, Sliders
from unikernel.model.measurement import Measurement, Measurements

LIMIT_S = 10


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(b"")
    return image_of(path, "hello", target="virtio")


class Told:
    """What an experiment said and showed, and whether it is at work."""

    def __init__(self):
        self.texts, self.shown = [], []
        self.idle = threading.Event()

    def tell(self, text, busy):
        self.texts.append(text)
        if not busy:
            self.idle.set()

    def wait(self):
        assert self.idle.wait(LIMIT_S)
        self.idle.clear()


def rows_of(memory_mib):
    where = {"image": "hello", "target": "virtio", "memory_mib": memory_mib}
    return Measurements([Measurement("boot.base", 1.0, "ms", where)])


def answering(monkeypatch, take):
    monkeypatch.setattr(measure, "boot", take)


def begun(image, told):
    return Experiment("boot", image, told.shown.append, told.tell)


def test_measurements_are_plotted_beside_the_last_ones(image, monkeypatch):
    answering(monkeypatch, lambda _image, memory_mib, **_: rows_of(memory_mib))
    told = Told()
    trial = begun(image, told)
    for memory_mib in range(8, 8 + KEPT + 1):
        trial.begin({"memory_mib": memory_mib}, "virtio")
        told.wait()
    bars = {segment["bar"] for segment in told.shown[-1].spec["data"]["values"]}
    medians = {bar for bar in bars if "median" in bar}
    assert medians == {f"run {n}, {n + 7} MiB · median" for n in range(2, KEPT + 2)}
    trial.forget()
    trial.begin({"memory_mib": 8}, "virtio")
    told.wait()
    assert "hello" in str(told.shown[-1].spec["data"])
    assert "run 5" not in str(told.shown[-1].spec["data"])


def test_there_is_one_at_a_time_and_it_can_be_stopped(image, monkeypatch):
    running, go_on = threading.Event(), threading.Event()

    def take(_image, progress, **_):
        running.set()
        assert go_on.wait(LIMIT_S)
        progress("booting", 1, 2)
        return rows_of(8)

    answering(monkeypatch, take)
    told, other = Told(), Told()
    trial = begun(image, told)
    trial.begin({}, "virtio")
    assert running.wait(LIMIT_S)
    begun(image, other).begin({}, "virtio")
    assert "runs already" in other.texts[0]
    trial.stop()
    go_on.set()
    told.wait()
    assert told.texts[-1].startswith("Stopped")
    assert told.shown == []
    assert not experiment._measuring.locked()


def test_what_goes_wrong_is_told(image, monkeypatch):
    def fail(*_, **__):
        raise MeasurementFailed("no line came.", hint="Look at its console.")

    answering(monkeypatch, fail)
    told = Told()
    begun(image, told).begin({}, "virtio")
    told.wait()
    assert "no line came" in told.texts[-1]
    assert "Look at its console" in told.texts[-1]


@pytest.mark.parametrize(
    ("what", "given", "says"),
    [
        ("size", {}, "no sliders for 'size'"),
        ("boot", {"memroy_mib": 8}, "no argument 'memroy_mib'"),
        ("boot", {"watch": print}, "no argument 'watch'"),
    ],
)
def test_what_has_no_slider_is_refused(image, what, given, says):
    with pytest.raises(UsageError, match=says):
        Sliders(what, image, given, lambda: None)


def test_a_value_that_is_given_is_where_its_slider_begins(image):
    sliders = Sliders("throughput", image, {"memory_mib": 48, "protocol": "udp"}, lambda: None)
    chosen = {name: slider.value for name, slider in sliders._sliders.items()}
    assert chosen["memory_mib"] == 48
    assert set(chosen) == {choice.argument for choice in CHOICES["throughput"]}
    assert sliders._fixed == {"protocol": "udp"}
    assert "Sliders: throughput of hello" in repr(sliders)


@pytest.mark.parametrize("what", CHOICES)
def test_every_slider_is_for_an_argument_of_its_measurement(image, what):
    for choice in CHOICES[what]:
        Sliders(what, image, {choice.argument: choice.first}, lambda: None)
