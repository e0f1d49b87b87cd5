import itertools
import json
import re
from dataclasses import dataclass

import pytest
from matplotlib.figure import Figure

from unikernel import plots
from unikernel.errors import MeasurementFailed, UsageError
from unikernel.guest.timeline import BootTimeline, Phase
from unikernel.model.measurement import Measurement, Measurements
from unikernel.plots.interactive import SPEC_BYTES

WHERE = {"image": "hello", "target": "virtio", "machine": "microvm", "qemu": "7.2.22"}
PHASES = {"qemu start": 30.0, "firmware": 2.0, "base": 3.0, "runtime": 4.0, "application": 0.5}


def boots(accelerator="tcg", samples=5):
    where = WHERE | {"accelerator": accelerator, "memory_mib": 32}
    rows = [
        Measurement(f"boot.{name}", ms + sample, "ms", where, sample)
        for sample in range(samples)
        for name, ms in (*PHASES.items(), ("total", sum(PHASES.values())))
    ]
    return Measurements(rows)


def sizes():
    parts = {"image": 200_000, "section..text": 150_000, "section..bss": 70_000}
    parts |= {f"package.p{i}": 1000 * i for i in range(1, 20)}
    rows = [Measurement(f"size.{k}", v, "B", WHERE) for k, v in parts.items()]
    for i in range(1, 30):
        of = {"package": f"p{i}", "module": "m", "name": "M", "because": "Cell\n→ M by M.f"}
        rows.append(Measurement(f"size.module.p{i}.m", 1000 * i, "B", WHERE | of))
        for symbol in ("M.f", "M.g"):
            of = {"package": f"p{i}", "module": "m", "symbol": symbol}
            rows.append(Measurement(f"size.symbol.p{i}.m.{symbol}", 400 * i, "B", WHERE | of))
    return Measurements(rows)


def texts(figure):
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def overlaps(axes):
    """Return pairs of tick labels that cover each other."""
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    pairs = itertools.pairwise(boxes)
    return [pair for pair in pairs if pair[0].overlaps(pair[1])]


def test_boot_has_a_bar_for_each_repeat_and_the_median():
    figure = plots.boot(boots()).figure
    assert isinstance(figure, Figure)
    assert len(figure.axes[0].patches) == len(PHASES) * (5 + 1)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["median", "1", "2", "3", "4", "5"]


def test_boot_writes_every_phase_with_its_median():
    labels = " ".join(texts(plots.boot(boots()).figure))
    for name, ms in PHASES.items():
        assert f"{name}  {ms + 2:.1f} ms" in labels


@pytest.mark.parametrize(
    ("accelerator", "named", "comparable"), [("tcg", "TCG", False), ("kvm", "KVM", True)]
)
def test_titles_name_target_and_accelerator(accelerator, named, comparable):
    title = plots.boot(boots(accelerator)).figure.get_suptitle()
    assert "virtio, microvm, 32 MiB, QEMU 7.2.22" in title
    assert named in title
    assert ("not comparable" in title) is not comparable


def test_boots_of_a_process_are_written_in_small_parts():
    phases = {"process start": 0.254, "base": 0.14, "application": 0.3}
    where = WHERE | {"target": "unix", "machine": "process", "accelerator": "native"}
    rows = Measurements(
        Measurement(f"boot.{name}", ms, "ms", where)
        for name, ms in (*phases.items(), ("total", 0.694))
    )
    figure = plots.boot(rows).figure
    assert "process start  0.25 ms" in texts(figure)
    assert "0.69 ms from the process's start" in figure.get_suptitle()
    assert "unix, process" in figure.get_suptitle()
    colours = {
        plots.boot(made).figure.axes[0].patches[-1].get_facecolor() for made in (rows, boots())
    }
    assert len(colours) == 1  # the application's, on either target


def test_boots_of_several_series_are_side_by_side():
    virtio, unix = boots(), boots("native").where(lambda row: row.metric != "boot.firmware")
    plotted = plots.boot(virtio + unix)
    figure = plotted.figure
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["tcg", "native"]
    assert "tcg 49.5 ms; native 45.5 ms" in str(plotted)
    assert "45.5 to 49.5 ms" in figure.get_suptitle()
    assert {" 49.5 ms", " 45.5 ms"} <= set(texts(figure))


def test_a_boot_that_lacks_a_phase_is_drawn_too():
    rows = boots().where(lambda row: row.metric != "boot.runtime" or row.sample > 2)
    assert plots.boot(rows)


def test_size_shows_sections_packages_and_the_largest_modules():
    figure = plots.size(sizes()).figure
    labels = texts(figure)
    assert ".text  146.5 KiB" in labels
    assert "p19" in labels
    assert any(text.startswith("largest modules (17 more:") for text in labels)
    assert "200,000 bytes on disk, 220,000 in memory" in figure.get_suptitle()


@pytest.mark.parametrize(
    "figure", [plots.boot(boots(samples=30)).figure, plots.size(sizes()).figure]
)
def test_labels_do_not_cover_each_other(figure):
    figure.canvas.draw()
    assert [pair for axes in figure.axes for pair in overlaps(axes)] == []


def test_the_picture_of_a_size_is_no_wider_than_its_paper_and_numbers_are_free():
    sections = {".text": 520_000, ".note.pvh": 24, ".rodata": 18_944, ".data": 307_000}
    parts = {f"section.{name}": size for name, size in sections.items()}
    parts |= {"section..bss": 78_000, "section.symbols": 37_000, "image": 884_486}
    parts |= {"package.stdlib": 430_592, "package.lwt": 92_000}
    of = {"package": "stdlib", "module": "camlinternalFormat", "name": "Format", "because": ""}
    rows = [Measurement(f"size.{k}", v, "B", WHERE) for k, v in parts.items()]
    module = Measurement("size.module.stdlib.camlinternalFormat", 118_400, "B", WHERE | of)
    figure = plots.size(Measurements([*rows, module])).figure
    figure.canvas.draw()
    assert figure.get_tightbbox().width <= figure.get_figwidth() * 1.01
    _, left, right = figure.axes
    numbers = [text.get_window_extent() for text in left.texts]
    names = [label.get_window_extent() for label in right.get_yticklabels()]
    assert (len(numbers), len(names)) == (2, 1)
    assert not [one for one in numbers for other in names if one.overlaps(other)]


@pytest.mark.parametrize(("plot", "rows"), [(plots.boot, sizes), (plots.size, boots)])
def test_rows_of_another_kind_are_refused(plot, rows):
    with pytest.raises(MeasurementFailed):
        plot(rows())


def on_targets():
    """The same image measured on two targets, with a baseline beside one of them."""
    found = []
    for target, boot_ms, rate in (("virtio", 30.0, 800.0), ("unix", 0.8, 2000.0)):
        where = WHERE | {"target": target, "system": "unikernel"}
        found += [Measurement("size.image", 204_800.0, "B", where)]
        found += [Measurement("boot.total", boot_ms + n, "ms", where, n) for n in range(3)]
        found += [Measurement("throughput.in", rate, "MiB/s", where)]
    found += [Measurement("throughput.in", 2500.0, "MiB/s", where | {"system": "linux"})]
    return Measurements(found)


def test_targets_has_a_panel_for_each_metric_and_a_bar_for_each_target():
    figure = plots.targets(on_targets()).figure
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == [
        "image, stripped",
        "start to first line",
        "TCP to the guest",
    ]
    assert [len(axes.patches) for axes in panels] == [2, 2, 3]
    labels = texts(figure)
    assert {"200", "31", "1.8", "800", "2,000", "2,500"} <= set(labels)
    assert "linux, beside unix" in labels


def test_targets_without_anything_to_compare_says_what_is_missing():
    with pytest.raises(MeasurementFailed) as caught:
        plots.targets(Measurements())
    assert "measure.boot" in caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    ["hello", None, 3, [], {"a": "b"}, [boots(), "hello"]],
    ids=lambda it: type(it).__name__,
)
@pytest.mark.parametrize("plot", plots.PLOTS.values(), ids=plots.PLOTS)
def test_what_is_no_measurement_is_refused_in_words(plot, wrong):
    with pytest.raises(UsageError, match="made of measurements"):
        plot(wrong)


@pytest.mark.parametrize("plot", plots.PLOTS.values(), ids=plots.PLOTS)
def test_a_call_that_does_not_fit_is_refused_in_words(plot):
    for arguments, options in (((), {}), ((boots(), boots()), {}), ((boots(),), {"colour": 1})):
        with pytest.raises(UsageError):
            plot(*arguments, **options)


@dataclass
class Booted:
    """A machine as far as plots look at it."""

    name: str
    timeline: BootTimeline | None

    def dimensions(self):
        return WHERE | {"memory_mib": 32}


def test_machines_that_have_booted_are_plotted_themselves():
    timeline = BootTimeline((Phase("base", 3.0), Phase("application", 1.0)))
    plotted = plots.boot([Booted("first", timeline), Booted("second", timeline)])
    assert "first 4 ms; second 4 ms" in str(plotted)
    with pytest.raises(MeasurementFailed, match="third has no boot timeline"):
        plots.boot(Booted("third", None))


def test_series_are_told_apart_by_what_differs():
    where = [WHERE | {"memory_mib": 32}, WHERE | {"memory_mib": 64, "machine": "q35"}]
    rows = [Measurements([Measurement("boot.base", 1.0, "ms", one)]) for one in where]
    bars = [segment["bar"] for segment in plots.boot(rows).spec["data"]["values"]]
    assert "microvm, 32 MiB · median" in bars
    same = plots.boot({"before": rows[0], "after\x1b[1m": rows[0]})
    assert "after^[[1m" in str(same)
    assert "\x1b" not in json.dumps(same.spec)


def test_two_runs_of_one_system_are_told_apart():
    def pings(window):
        where = WHERE | {"system": "unikernel", "window_kib": window}
        return Measurements(Measurement("latency.ping", n + 1.0, "ms", where) for n in range(9))

    spec = plots.latency([pings(64), pings(512)]).spec
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == [
        "window 64 KiB",
        "window 512 KiB",
    ]


def test_many_points_and_symbols_stay_below_what_a_notebook_takes():
    where = WHERE | {"system": "unikernel"}
    rows = Measurements(Measurement("latency.ping", n + 1.0, "ms", where) for n in range(100_000))
    assert len(json.dumps(plots.latency(rows).spec)) < SPEC_BYTES / 4
    big = [
        Measurement(
            f"size.{kind}.p.m{n}{symbol}",
            9000,
            "B",
            WHERE
            | {"package": "p", "module": f"m{n}", "name": f"M{n}", "because": "x" * 200}
            | ({"symbol": symbol} if symbol else {}),
        )
        for n in range(300)
        for kind, symbol in (("module", ""), *(("symbol", f".s{i}") for i in range(20)))
    ]
    image = [Measurement(f"size.{what}", 1e6, "B", WHERE) for what in ("image", "section.x")]
    spec = plots.size(Measurements([*image, *big])).spec
    assert len(json.dumps(spec)) < SPEC_BYTES
    assert "Symbols below" in spec["description"]


def ids(spec):
    """Return the parameters that a Vega-Lite specification declares, wherever."""
    if isinstance(spec, list):
        return [name for part in spec for name in ids(part)]
    if not isinstance(spec, dict):
        return []
    own = [parameter["name"] for parameter in spec.get("params", [])]
    return own + [name for key, part in spec.items() if key != "data" for name in ids(part)]


def used(spec):
    """Return the parameters that conditions of a specification name."""
    text = json.dumps(spec)
    return set(re.findall(r'"param": "(\w+)"', text))


@pytest.mark.parametrize(
    "plotted", [plots.boot(boots()), plots.targets(on_targets())], ids=["boot", "targets"]
)
def test_parameters_are_declared_once_and_where_they_are_used(plotted):
    declared = ids(plotted.spec)
    assert len(set(declared)) == len(declared)
    assert used(plotted.spec) <= set(declared)
    assert plotted.spec["description"]
    assert set(re.findall(r"https?://[^/]+/\w+", json.dumps(plotted.spec))) == {
        "https://vega.github.io/schema"
    }
