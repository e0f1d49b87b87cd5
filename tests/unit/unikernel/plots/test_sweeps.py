"""The picture of a sweep: a panel an axis, and what goes with which."""

import json
import math

import pytest
from matplotlib.colors import to_rgb

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


def test_lines_that_lie_far_apart_are_on_a_logarithmic_scale():
    def boots(memory, target):
        return (100.0 if target == "virtio" else 2.0) + memory / 100

    plotted = plots.sweep(swept(boots, {"memory": [16, 32], "target": ["virtio", "unix"]}))
    panel = plotted.figure.axes[0]
    assert panel.get_yscale() == "log"
    assert 0 < panel.get_ylim()[0] < 2.16
    scale = plotted.spec["concat"][0]["layer"][0]["encoding"]["y"]["scale"]
    assert scale["type"] == "log"
    assert scale["domain"] == list(panel.get_ylim())
    near = plots.sweep(swept(lambda memory: 1.0 + memory, {"memory": [1, 2, 4]}))
    assert near.figure.axes[0].get_yscale() == "linear"
    nothing = plots.sweep(swept(lambda memory: 0.0 + memory, {"memory": [0, 100]}, repeat=1))
    assert nothing.figure.axes[0].get_yscale() == "linear"  # zero has no place on the other


def test_lines_can_be_seen_on_white():
    axes = {"a": [1, 2], "b": list("uvwxyz")}
    plotted = plots.sweep(swept(lambda a, b: a * float(ord(b)), axes))
    colours = [line.get_color() for line in plotted.figure.axes[0].get_lines()]
    assert len({*colours}) == 6
    assert all(contrast_with_white(colour) > 1.9 for colour in colours)


def contrast_with_white(colour):
    """Return the ratio of WCAG 2: 21 for black; Okabe and Ito's yellow has 1.3."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_long_names_below_a_panel_do_not_overlap():
    names = [f"setting {n}" for n in range(12)]
    plotted = plots.sweep(swept(lambda a: float(len(a)), {"a": names}))
    figure = plotted.figure
    figure.canvas.draw()
    labels = figure.axes[0].get_xticklabels()
    assert len(labels) == 12
    assert {label.get_rotation() for label in labels} != {0.0}
    axis = plotted.spec["concat"][0]["layer"][0]["encoding"]["x"]["axis"]
    assert axis["labelAngle"] == -40
    few = plots.sweep(swept(lambda a: float(len(a)), {"a": ["x", "y"]}))
    assert {label.get_rotation() for label in few.figure.axes[0].get_xticklabels()} == {0.0}
