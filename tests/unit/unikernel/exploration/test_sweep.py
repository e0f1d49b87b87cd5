import errno
import math
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import unikernel as uk
from unikernel.errors import MeasurementFailed, Unfinished, UsageError
from unikernel.exploration.programs import Program
from unikernel_toolchain.errors import BadRequest, ToolchainError

AXES = {"memory_mib": [16, 32, 64], "environment": [{"A": "1"}, {"A": "2"}]}


def rows(value, metric="made.up", unit="ms"):
    return uk.Measurements([uk.Measurement(metric, value, unit, {"target": "unix"})])


def measure(image, *, memory_mib, environment):
    return rows(memory_mib * 10 + int(environment["A"]))


class Calls:
    """A measurement that remembers its calls, and raises what it is told to."""

    __name__ = "calls"

    def __init__(self, fails=None):
        self.seen = []
        self.fails = fails or (lambda memory_mib, nth: None)

    def __call__(self, image, *, memory_mib):
        self.seen.append(memory_mib)
        if error := self.fails(memory_mib, self.seen.count(memory_mib)):
            raise error
        return rows(float(memory_mib))


def test_every_point_is_measured_and_its_settings_are_dimensions(image):
    found = uk.sweep(measure, image, AXES, repeat=2)
    assert [point.labels for point in found.points] == [
        {"memory_mib": mib, "environment": f"A={a}"} for mib in (16, 32, 64) for a in (1, 2)
    ]
    assert [point.median("made.up") for point in found.points] == [161, 162, 321, 322, 641, 642]
    frame = found.to_frame()
    assert list(frame.columns[:7]) == [*AXES, "metric", "value", "unit", "sample", "failed"]
    assert len(frame) == 12
    assert set(frame.failed) == {""}
    assert {row.dimensions["memory_mib"] for row in found.rows} == {16, 32, 64}
    assert found.best().settings == {"memory_mib": 16, "environment": {"A": "1"}}
    assert found.best("made.up", "max").labels["memory_mib"] == 64
    assert found.complete
    assert not found.failed


def test_the_order_is_shuffled_by_its_seed_and_each_round_is_whole(image):
    def order(seed):
        calls = Calls()
        uk.sweep(calls, image, {"memory_mib": range(1, 21)}, repeat=2, seed=seed, warm_ups=0)
        return calls.seen

    first = order(1)
    assert first == order(1) != order(2)
    assert first[0] == first[-1] == 1  # the baseline begins and ends
    between = first[1:-1]
    between.remove(1)  # a third baseline in the middle, or the point itself
    assert len(first) == 44
    assert sorted(set(between)) == list(range(1, 21))
    assert between[:20] != sorted(between[:20])


def test_warm_ups_are_taken_once_an_image_and_dropped(image):
    calls = Calls()
    found = uk.sweep(calls, image, {"memory_mib": [16, 32]}, repeat=2, warm_ups=2)
    assert len(calls.seen) == 2 + 2 + 4  # warm-ups, baselines, samples
    assert "2 warm-up measurements dropped." in found.notes
    assert all(len(point.rows) == 2 for point in found.points)


def test_a_point_that_fails_is_a_row_with_its_reason_and_is_given_up(image):
    calls = Calls(
        lambda mib, nth: MeasurementFailed("it <b>hangs</b>\x1b[31m") if mib == 32 else None
    )
    found = uk.sweep(calls, image, {"memory_mib": [16, 32]}, repeat=5, warm_ups=0)
    assert calls.seen.count(32) == 2
    (failed,) = found.failed
    assert failed.failure.reason == "it <b>hangs</b>\x1b[31m"
    frame = found.to_frame()
    (row,) = frame[frame.memory_mib == 32].to_dict("records")
    assert row["failed"] == "it <b>hangs</b>\x1b[31m"
    assert math.isnan(row["value"])
    assert "\x1b" not in str(found)
    assert "\x1b" not in found._repr_html_()
    assert "&lt;b&gt;hangs&lt;/b&gt;" in found._repr_html_()
    assert found.best().labels == {"memory_mib": 16}


def test_a_point_that_is_the_baseline_has_its_reason_too(image):
    for fails in (UsageError("no such memory"), MeasurementFailed("it hangs")):
        found = uk.sweep(
            Calls(lambda mib, nth, why=fails: why), image, {"memory_mib": [1, 2]}, warm_ups=0
        )
        assert [point.failure.reason for point in found.failed] == [fails.what] * 2
        assert str(found).count(fails.what) == 3  # a line a point, and once in full


def test_reasons_stand_below_the_table_in_full_and_once(image):
    long = "Fatal <b>error</b>: " + "x" * 100 + " the very reason\x1b[31m"
    console = "\n".join(f"line {n}" for n in range(50))
    calls = Calls(lambda mib, nth: mib > 1 and MeasurementFailed(long, detail=console))
    text = str(found := uk.sweep(calls, image, {"memory_mib": [1, 2, 3]}, warm_ups=0))
    assert text.count("the very reason^[[31m") == 1
    assert "memory_mib=2, and 1 more point: Fatal" in text
    assert "line 49" in text
    assert "line 20" not in text
    html = found._repr_html_()
    assert "&lt;b&gt;error&lt;/b&gt;" in html
    assert "\x1b" not in html
    different = Calls(lambda mib, nth: MeasurementFailed(f"reason {mib}."))
    text = str(uk.sweep(different, image, {"memory_mib": range(1, 9)}, warm_ups=0))
    assert "3 more reasons are in .failed." in text


def test_a_failure_by_chance_does_not_end_a_point(image):
    def by_chance(memory_mib, nth):
        return ValueError("once") if memory_mib == 32 and nth == 2 else None

    found = uk.sweep(Calls(by_chance), image, {"memory_mib": [16, 32]}, repeat=3, warm_ups=0)
    assert not found.failed
    assert [len(point.rows) for point in found.points] == [3, 2]
    assert any("memory_mib=32" in note and "ValueError: once" in note for note in found.notes)


def test_settings_that_make_no_sense_fail_once(image):
    calls = Calls(lambda mib, nth: UsageError("no such memory") if mib == 32 else None)
    found = uk.sweep(calls, image, {"memory_mib": [16, 32]}, repeat=3, warm_ups=0)
    assert calls.seen.count(32) == 1
    assert [point.labels["memory_mib"] for point in found.failed] == [32]


def test_the_best_is_marked_and_what_cannot_be_told_from_it(image):
    values = {16: [10, 12, 11], 32: [10.5, 11, 9], 64: [100, 101, 103]}
    nth = {mib: iter(each) for mib, each in values.items()}

    def take(image, *, memory_mib):
        return rows(next(nth[memory_mib], 10.0))

    found = uk.sweep(take, image, {"memory_mib": [16, 32, 64]}, warm_ups=0, seed=1)
    marks = [line.split()[-1] for line in str(found).splitlines()[:4]]
    assert marks[0] == "made.up"
    assert {"best", "good"} == {*marks[1:3]}
    assert marks[3] not in ("best", "good")
    assert "with the least made.up" in str(found)
    assert "Not to be told from it, as much as samples scatter: memory_mib=" in str(found)


def test_the_most_is_best_of_what_is_no_time_and_one_sample_says_nothing_of_noise(image):
    def take(image, *, memory_mib):
        return rows(float(memory_mib), unit="1/s")

    found = uk.sweep(take, image, {"memory_mib": [16, 32]}, repeat=1)
    assert "MOST made.up" in str(found)
    assert "Best: memory_mib=32, with the most made.up, 32 1/s." in str(found)
    assert "With one sample a point nobody can say" in str(found)
    assert repr(found.best()) == "<Point memory_mib=32: made.up 32 1/s>"
    assert repr(found.best().rows) == "<1 measurement: made.up>"


def test_samples_that_all_are_strange_are_a_noisy_host_and_no_outliers(image):
    calls = []

    def take(image, *, memory_mib):
        calls.append(memory_mib)
        return rows(10.0 + calls.count(memory_mib) % 2 * 0.1 + (len(calls) % 4 == 0) * 30)

    text = str(uk.sweep(take, image, {"memory_mib": range(1, 11)}, repeat=8, warm_ups=0))
    assert "Noisy: " in text
    assert "Outlier" not in text


def test_images_that_are_built_are_counted_and_not_points(image, monkeypatch):
    built = []
    monkeypatch.setattr(Program, "at", lambda *asked: built.append(asked[1]) or image)
    told = []
    program = 'let start () = print_endline "{{word}}"\n'
    axes = {"memory_mib": [16, 32, 64], "word": ["a", "b"]}
    uk.sweep(
        measure_word, program, axes, repeat=1, progress=lambda *step: told.append(step), name="web"
    )
    assert [step for step in told if "images" in step[0]] == [
        ("building images", 0, 2),
        ("building images", 1, 2),
    ]
    assert len(built) == 2
    assert any(what.startswith("measure_word of web at 6 points") for what, _, _ in told)


def measure_word(image, *, memory_mib):
    return rows(float(memory_mib))


def test_a_full_disk_of_the_cache_ends_a_sweep_and_is_no_failure_of_its_points(
    image, monkeypatch, tmp_path
):
    full = ToolchainError("Building 'web' in the cache: the disk is full.", hint="Make room.")
    full.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    asked = {"axes": {"word": ["a", "b"]}, "memory_mib": 1, "repeat": 1, "file": tmp_path / "j"}
    program = 'let start () = print_endline "{{word}}"\n'

    def at(*_):
        raise full

    monkeypatch.setattr(Program, "at", at)
    with pytest.raises(Unfinished, match="disk is full") as caught:
        uk.sweep(measure_word, program, **asked)
    assert not caught.value.found.failed
    monkeypatch.setattr(Program, "at", lambda *_: image)
    assert uk.sweep(measure_word, program, **asked).complete


@pytest.mark.parametrize(
    ("axes", "fixed", "message"),
    [
        ({"memory": [1]}, {}, "Did you mean 'memory_mib'"),
        ({"memory_mib": 32}, {}, "is a list of values"),
        ({"memory_mib": "32"}, {}, "is a list of values"),
        ({"memory_mib": []}, {}, "has no value"),
        ({"memory_mib": [1]}, {"memory_mib": 2}, "given once more"),
        ({"memory_mib": range(200_000)}, {}, "more than"),
        ({"memory_mib": [16], "sample": [1]}, {}, "a column of every table"),
        ({"target": ["unix"]}, {}, "a matter of building"),
        ({"repeat": [1]}, {}, "no setting"),
    ],
)
def test_axes_that_mean_nothing_are_refused(image, axes, fixed, message):
    with pytest.raises(UsageError, match=message):
        uk.sweep(Calls(), image, axes, **fixed)


def test_wrong_types_are_refused(image):
    for call in (
        lambda: uk.sweep("boots", image, {}),
        lambda: uk.sweep("boot", image),
        lambda: uk.sweep("boot", image, {}, "file"),
        lambda: uk.sweep(3, image, {}),
        lambda: uk.sweep(Calls(), 3, {}),
        lambda: uk.sweep(Calls(), image, [1]),
        lambda: uk.sweep(Calls(), image, {}, memory_mib=1, repeat=0),
        lambda: uk.sweep(Calls(), image, {}, memory_mib=1, repeat="3"),
        lambda: uk.sweep(Calls(), image, {}, memory_mib=1, executor=3),
    ):
        with pytest.raises((UsageError, BadRequest)):
            call()


def test_values_that_stand_twice_are_measured_once(image):
    found = uk.sweep(Calls(), image, {"memory_mib": [16, 16, 32]}, repeat=1)
    assert len(found.points) == 2


def test_long_values_that_differ_in_the_middle_are_two(image):
    def length(image, *, environment):
        return rows(float(len(environment["A"])))

    long = [{"A": f"{'x' * 100}{middle}{'y' * 100}"} for middle in "12"]
    found = uk.sweep(length, image, {"environment": long}, repeat=1)
    assert len(found.points) == 2
    assert all(len(str(point.labels["environment"])) <= 60 for point in found.points)


def test_one_point_needs_no_baseline(image):
    calls = Calls()
    found = uk.sweep(calls, image, {"memory_mib": [16]}, repeat=2, warm_ups=0)
    assert calls.seen == [16, 16]
    assert len(found.points) == 1


def test_a_value_that_is_no_number_is_kept_and_said(image, tmp_path):
    def odd(image, *, memory_mib):
        return rows(math.nan if memory_mib == 16 else 2.0)

    for _ in range(2):  # measured, and read from the file
        found = uk.sweep(odd, image, {"memory_mib": [16, 32]}, repeat=2, file=tmp_path / "odd")
        assert math.isnan(next(iter(found.points[0].rows)).value)
        assert found.points[0].samples("made.up") == []
        assert found.best("made.up").labels == {"memory_mib": 32}
        assert any("no finite number" in note for note in found.notes)
        assert "–" in str(found)


def test_a_file_keeps_what_was_measured(image, tmp_path):
    calls = Calls()
    asked = {"axes": {"memory_mib": [16, 32]}, "file": tmp_path / "journal", "warm_ups": 0}
    first = uk.sweep(calls, image, repeat=2, **asked)
    taken = len(calls.seen)
    again = uk.sweep(calls, image, repeat=2, **asked)
    assert len(calls.seen) == taken
    assert str(again) == str(first)
    assert again.to_frame().equals(first.to_frame())
    uk.sweep(calls, image, repeat=3, **asked)
    assert len(calls.seen) == taken + 2  # the third of each


def test_an_interrupt_keeps_what_is_done(image, tmp_path):
    for file in (tmp_path / "journal", None):
        calls = Calls(lambda mib, nth, seen=[]: seen.append(1) or (len(seen) == 6 and Stop()))
        with pytest.raises(Unfinished) as caught:
            uk.sweep(calls, image, {"memory_mib": [1, 2, 3, 4]}, repeat=2, file=file, warm_ups=0)
        assert "interrupted after 5 of 10" in caught.value.what
        assert "The same call goes on" in str(caught.value) or "the same call goes on" in str(
            caught.value
        )
        assert not caught.value.found.complete
        assert sum(len(point.rows) for point in caught.value.found.points) >= 4
        found = uk.sweep(
            calls, image, {"memory_mib": [1, 2, 3, 4]}, repeat=2, file=file, warm_ups=0
        )
        assert found.complete
        assert len(calls.seen) == 11  # the interrupted one once more


class Stop(KeyboardInterrupt):
    """A person's interrupt."""


def test_an_image_that_no_build_made_is_sent_to_nobody(image):
    with ThreadPoolExecutor(1) as pool:
        found = uk.sweep(Calls(), image, {"memory_mib": [16]}, executor=pool)
    assert "not built by this package" in found.points[0].failure.reason


def test_a_long_sweep_tells_how_long_it_takes_and_shows_a_part(image):
    told = []
    found = uk.sweep(
        Calls(), image, {"memory_mib": range(1, 2001)}, repeat=1, progress=lambda *s: told.append(s)
    )
    assert told[-1][1:] == (2020, 2020)
    assert all("\n" not in what and len(what) < 80 for what, _, _ in told)
    assert any(" left" in what for what, _, _ in told)
    assert len(str(found).splitlines()) < 50
    assert "1,960 more points" in str(found)
