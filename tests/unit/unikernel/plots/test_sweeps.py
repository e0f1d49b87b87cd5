"""The picture of a sweep: a panel an axis, and what goes with which."""

import json
import math

import pytest

from unikernel import plots
from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.points import Failure, Point
from unikernel.model.exploration.settings import grid, labels
from unikernel.model.measurement import Measurement, Measurements
from unikernel.plots.interactive import SPEC_BYTES

WHERE = {"image": "web", "target": "unix"}


def swept(values, axes, *, repeat=3, fails=lambda settings: False):
    points = []
    for settings in grid(axes):
        if fails(settings):
            points.append(Point(settings, Measurements(), (Failure("build", "no <b>"),)))
            continue
        rows = [
            Measurement("http.requests", values(**settings) + n, "1/s", WHERE | labels(settings), n)
            for n in range(repeat)
        ]
        points.append(Point(settings, Measurements(rows)))
    return Found(
        "http", "web", {k: tuple(v) for k, v in axes.items()}, tuple(points), Measurements()
    )


AXES = {"window": [1, 4, 16, 64], "heap": ["small", "$large$"], "on": [True, False]}


def requests(window, heap, on):
    return 100.0 + (20 * math.log2(window) if heap == "small" else 0) + (5 if on else 0)


def test_each_axis_has_a_panel_and_lines_of_what_it_interacts_with():
    plotted = plots.sweep(swept(requests, AXES))
    figure = plotted.figure
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown] == [*AXES, "part of the variance"]
    legend = [text.get_text() for text in shown[0].get_legend().get_texts()]
    assert legend == ["heap = small", r"heap = \$large\$"]
    assert shown[0].get_xscale() == "log"
    assert shown[2].get_legend() is None  # it interacts with nothing
    assert len({axes.get_ylim() for axes in shown[:3]}) == 1
    names = [label.get_text() for label in shown[3].get_yticklabels()]
    assert names[:3] == ["heap", "window", "window × heap"]
    assert "web: http.requests at 16 points" in str(plotted)
    figure.canvas.draw()  # dollars are no formulas


def test_the_specification_says_the_same():
    plotted = plots.sweep(swept(requests, AXES))
    panels = plotted.spec["concat"]
    assert len(panels) == 4
    (row,) = [
        row
        for row in panels[0]["data"]["values"]
        if (row["series"], row["value"]) == ("heap = small", 16)
    ]
    assert row["median"] == pytest.approx(100 + 80 + 3.5)
    scales = [panel["layer"][0]["encoding"]["y"]["scale"] for panel in panels[:3]]
    assert scales[0] == scales[1] == scales[2]
    assert len(json.dumps(plotted.spec)) < SPEC_BYTES


def test_one_axis_shows_the_range_of_its_samples():
    plotted = plots.sweep(swept(lambda window: 1.0 * window, {"window": [1, 2, 3]}))
    row = plotted.spec["concat"][0]["data"]["values"][1]
    assert (row["median"], row["least"], row["most"], row["count"]) == (3.0, 2.0, 4.0, 3)
    assert plotted.figure.axes[0].get_xscale() == "linear"


def test_points_that_failed_are_counted_and_in_the_table(tmp_path):
    found = swept(requests, AXES, fails=lambda settings: settings["window"] == 4)
    plotted = plots.sweep(found)
    assert "of which 4 failed" in str(plotted)
    plotted.save(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().count("no <b>") == 4


def test_thousands_of_points_are_a_plot_that_a_notebook_can_hold():
    axes = {"a": range(40), "b": range(30), "c": [0, 1]}
    plotted = plots.sweep(swept(lambda a, b, c: float(a * b + c), axes, repeat=1))
    assert len(json.dumps(plotted.spec)) < SPEC_BYTES


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UsageError, match="is of a sweep"):
        plots.sweep(Measurements())
    nothing = swept(requests, AXES, fails=lambda settings: True)
    with pytest.raises(MeasurementFailed, match="No point"):
        plots.sweep(nothing)
    with pytest.raises(UsageError, match=r"Did you mean 'http\.requests'"):
        plots.sweep(swept(requests, AXES), "http.request")
