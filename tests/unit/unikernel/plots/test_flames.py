"""The flame graph: bars as wide as their share, bounded, the same for the eye and for the mouse."""

import json

import pytest

from unikernel import plots
from unikernel.errors import MeasurementFailed
from unikernel.model.debugging.profile import Profile
from unikernel.plots.flames import MOST_BARS
from unikernel.plots.interactive import SPEC_BYTES, VEGA


def profile(calls):
    return Profile("hello", calls, idle=0, seconds=1.0, held_s=0.01, dimensions={})


def bars(plot):
    (data,) = (one for one in plot.spec["data"] if one["name"] == "bars")
    return {(bar["name"], bar["depth"]): bar for bar in data["values"]}


def test_bars_lie_above_their_callers_and_are_as_wide_as_their_share():
    plot = plots.flame(profile({("main", "f"): 3, ("main", "g", "f"): 1, ("main",): 6}))
    found = bars(plot)
    assert (found["main", 0]["begin"], found["main", 0]["end"], found["main", 0]["own"]) == (
        0,
        10,
        6,
    )
    assert (found["f", 1]["begin"], found["f", 1]["end"]) == (0, 3)
    assert (found["g", 1]["begin"], found["g", 1]["end"], found["g", 1]["own"]) == (3, 4, 0)
    assert (found["f", 2]["begin"], found["f", 2]["end"]) == (3, 4)
    assert "f" in str(plot)
    assert list(plot.to_frame()["function"]) == ["main", "f", "g"]


def test_the_busiest_functions_stand_beneath_it_with_what_they_are_of():
    calls = {("main", "Cell.f"): 3, ("main", "flush"): 6, ("main", "b"): 1}
    origins = {"flush": "libos platform, queues"}
    plot = plots.flame(Profile("hello", calls, 0, 1.0, 0.01, {}, origins))
    (cells,) = (one["values"] for one in plot.spec["data"] if one["name"] == "busiest")
    lines = {}
    for cell in cells:
        lines.setdefault(cell["y"], []).append(cell["text"])
    first, busiest, *_, last = lines.values()
    assert first == ["itself", "in all", "function", "of"]
    assert busiest == ["60.0%", "60.0%", "flush", "libos platform, queues"]
    assert last == ["0.0%", "100.0%", "main", ""]
    assert "flush (libos platform, queues)" in str(plot)
    assert plot.to_frame()["of"][0] == "libos platform, queues"


def test_names_within_the_specification_are_each_one_s():
    """Vega refuses marks, data and the like that share a name."""
    spec = plots.flame(profile({("main",): 1})).spec
    parts = [*spec["data"], *spec["marks"], *spec["scales"], *spec["signals"]]
    names = [part["name"] for part in parts if "name" in part]
    assert len(names) == len(set(names))


def test_every_front_end_gets_a_form_of_it(tmp_path):
    plot = plots.flame(profile({("main", "Cell.f$x$"): 3}))
    data, _ = plot._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", VEGA}
    for name in ("a.svg", "a.png", "a.csv"):
        plot.save(str(tmp_path / name))
        assert (tmp_path / name).stat().st_size > 50


def test_a_profile_of_any_size_makes_a_graph_that_can_be_kept():
    long = tuple("very_long_name" * 20 + str(depth) for depth in range(90))
    calls = {(f"{'main' * 60}{i}", *long): 1 for i in range(900)}
    plot = plots.flame(profile(calls))
    assert len(bars(plot)) <= MOST_BARS
    assert len(json.dumps(plot.spec)) < SPEC_BYTES
    assert "not shown" in str(plot.spec["title"])


def test_names_are_data_and_never_code():
    evil = "');alert(1);('"
    spec = plots.flame(profile({(evil,): 1})).spec
    del spec["data"]
    assert evil not in json.dumps(spec)


def test_a_guest_that_only_waited_has_no_graph():
    with pytest.raises(MeasurementFailed, match="never seen at work"):
        plots.flame(profile({}))
