"""The picture of a tuning: its measurements in their order, what mattered, a panel an axis."""

import itertools
import json
from dataclasses import replace

import pytest

from unikernel import plots
from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.points import Failure, Point
from unikernel.model.exploration.settings import labels
from unikernel.model.exploration.tuned import Trial, Tuned
from unikernel.model.measurement import Measurement, Measurements
from unikernel.plots.interactive import SPEC_BYTES

AXES = {"window": (64, 4, 16), "heap": ("small", "$large$"), "one": (1,)}
DIED = Failure("measurement", "It <b>died</b>.\nQuite.")
VALUES = [
    ({"window": 64, "heap": "small", "one": 1}, 30.0),
    ({"window": 4, "heap": "$large$", "one": 1}, 50.0),
    ({"window": 16, "heap": "small", "one": 1}, None),
    ({"window": 16, "heap": "$large$", "one": 1}, 20.0),
]


def tuned(values=VALUES, goal="min"):
    trials = tuple(
        Trial(number, settings, 0, value, DIED if value is None else None)
        for number, (settings, value) in enumerate(values, 1)
    )
    points = tuple(
        Point(
            trial.settings,
            Measurements(
                Measurement("cpu", trial.value, "µs", {"target": "unix", **labels(trial.settings)})
                for _ in range(trial.value is not None)
            ),
            (trial.failure,) if trial.failure else (),
        )
        for trial in trials
    )
    importances = {"heap": 0.7, "window": 0.3} if len(values) > 1 else {}
    return Tuned(
        what="http",
        subject="web",
        axes=AXES,
        metric="cpu",
        unit="µs",
        goal=goal,
        trials=trials,
        points=points,
        importances=importances,
        settings=6,
        at_most=4,
    )


def test_each_measurement_what_mattered_and_each_axis_of_several_values():
    plotted = plots.tuning(tuned())
    shown = [axes for axes in plotted.figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown] == [
        *("measurement", "decides what is among the best", "heap", "window")
    ]
    assert [text.get_text() for text in shown[3].get_xticklabels()] == ["4", "16", "64"]
    line = shown[0].get_lines()[0].get_ydata()
    assert list(line) == [30, 30, 30, 20]
    legend = [text.get_text() for text in shown[0].get_legend().get_texts()]
    assert legend == ["measured", "the best setting", "failed"]
    assert "web: cpu of 4 of 6 settings, of which 1 failed. Best: window=16" in str(plotted)
    plotted.figure.canvas.draw()  # dollars are no formulas


@pytest.mark.parametrize(("goal", "edge"), [("min", 50), ("max", 20)])
def test_the_specification_says_the_same_and_failures_stand_beside_the_worst(goal, edge):
    plotted = plots.tuning(tuned(goal=goal))
    history, bars, *slices = plotted.spec["concat"]
    rows = history["data"]["values"]
    assert [row["kind"] for row in rows].count("failed") == 1
    (failed,) = (row for row in rows if row["kind"] == "failed")
    assert failed["at"] == edge
    until = [30, 30, 30, 20] if goal == "min" else [30, 50, 50, 50]
    assert [row["until"] for row in rows] == until
    assert bars["data"]["values"] == [
        {"axis": "heap", "part": 0.7},
        {"axis": "window", "part": 0.3},
    ]
    assert [len(one["data"]["values"]) for one in slices] == [4, 4]
    assert len(json.dumps(plotted.spec)) < SPEC_BYTES


def test_the_table_has_what_failed(tmp_path):
    plots.tuning(tuned()).save(tmp_path / "table.csv")
    assert "It <b>died</b>. Quite." in (tmp_path / "table.csv").read_text()


def test_one_measurement_is_a_picture():
    figure = plots.tuning(tuned(VALUES[:1])).figure
    figure.canvas.draw()
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 3


@pytest.mark.parametrize("count", [3, 5, 14, 200])
def test_names_along_an_axis_do_not_overlap(count):
    names = tuple(f"{n} kilowords" if count < 200 else f"{n}k" for n in range(count))
    if count == 3:  # two long ones beside each other
        names = ("1", "2", "3", "4", "1 kiloword", "2 kilowords")
    values = [({"window": 64, "heap": name, "one": 1}, 30.0 + n) for n, name in enumerate(names)]
    plotted = plots.tuning(replace(tuned(values), axes=AXES | {"heap": names}))
    (panel,) = (axes for axes in plotted.figure.axes if axes.get_xlabel() == "heap")
    plotted.figure.canvas.draw()
    labels = panel.get_xticklabels()
    assert [label.get_text() for label in labels][:2] == [names[0], names[-(-count // 24)]]
    if labels[0].get_rotation():  # lines of text that are this far apart
        places = [panel.transData.transform((x, 0))[0] for x in panel.get_xticks()]
        height = labels[0].get_window_extent().height / max(map(len, names)) * 1.5
        assert all(b - a > height / 2 for a, b in itertools.pairwise(places))
    else:
        boxes = [label.get_window_extent() for label in labels]
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
    spec = plotted.spec["concat"][-2]["encoding"]["x"]["axis"]
    assert spec["labelAngle"] == -45


def test_ten_thousand_measurements_are_a_plot_that_a_notebook_can_hold():
    plotted = plots.tuning(tuned([(settings, 30.0) for settings, _ in VALUES] * 250))
    data, _ = plotted._repr_mimebundle_()
    assert max(len(value) for kind, value in data.items() if kind != "image/png") < SPEC_BYTES


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UsageError, match="is of a tuning"):
        plots.tuning(Measurements())
    sweep = Found("http", "web", AXES, tuned().points, Measurements())
    with pytest.raises(UsageError, match="of a tuning, not of a sweep") as other:
        plots.tuning(sweep)
    assert other.value.hint == "uk.plots.sweep(found)"
    with pytest.raises(UsageError, match="of a sweep, not of a tuning") as other:
        plots.sweep(tuned())
    assert other.value.hint == "uk.plots.tuning(found)"
    with pytest.raises(MeasurementFailed, match="nothing to plot"):
        plots.tuning(tuned([(VALUES[0][0], None)]))
