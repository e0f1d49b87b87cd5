"""uk.tune, of measurements that are functions of their settings: noisy, failing, interrupted."""

import itertools
import math
import random
import sys

import pytest

import unikernel as uk
from unikernel.errors import (
    MeasurementFailed,
    PackageUnavailable,
    Unfinished,
    UsageError,
)
from unikernel.exploration import records, remaining
from unikernel.exploration.experiment import experiment
from unikernel.exploration.tuning.chooser import Chooser, Known
from unikernel.exploration.tuning.optimiser import Optimiser
from unikernel.exploration.tuning.search import Search
from unikernel.model.measurement import Measurement, Measurements
from unikernel.render import progress
from unikernel_toolchain.errors import BadRequest

NOISE = 0.05
AXES = {"a": [1, 2, 4, 8, 16], "b": [10, 20, 30, 40, 50], "c": ["x", "y", "z", "w"], "d": [0, 1]}
GRID = [dict(zip(AXES, values, strict=True)) for values in itertools.product(*AXES.values())]
OF_C = {"x": 2.0, "y": 1.0, "z": 1.3, "w": 1.6}


def bowl(a, b, c, d):
    """Return what is least at a=8, b=20, c="y": d does not matter."""
    return 100 * (1 + 0.12 * (math.log2(a) - 3) ** 2 + 0.08 * (b / 10 - 2) ** 2) * OF_C[c]


def valley(a, b, c, d):
    """Return what is least where a and b go together."""
    return 100 * (1 + 0.1 * abs(math.log2(a) - b / 10 + 1) + 0.05 * b / 10) * OF_C[c] ** 0.5


class Noisy:
    """A measurement whose samples scatter, each sample of a setting always in the same way."""

    __name__ = "noisy"

    def __init__(self, truth, noise=NOISE, sign=1, fails=lambda **_: False, stops=None):
        self.truth, self.noise, self.sign, self.fails, self.stops = truth, noise, sign, fails, stops
        self.calls = []

    def __call__(self, image, *, a, b, c, d):
        settings = {"a": a, "b": b, "c": c, "d": d}
        sample = self.calls.count(settings)
        if len(self.calls) == self.stops:
            self.stops = None
            raise KeyboardInterrupt
        self.calls.append(settings)
        if self.fails(**settings):
            raise MeasurementFailed("The guest ran out of memory.")
        off = math.exp(random.Random(f"{settings} {sample}").gauss(0, self.noise))
        return uk.Measurements([uk.Measurement("made.up", self.sign * self.truth(**settings) * off,
                                               "ms", {"target": "unix"})])  # fmt: skip


def tune(what, image, axes=AXES, **choices):
    return uk.tune(what, image, axes, metric="made.up", **{"warm_ups": 0} | choices)


def order_of(found):
    return [(trial.settings, trial.sample, trial.value) for trial in found.trials]


# ---- The best is found


@pytest.mark.parametrize(
    ("noise", "goal", "seed"), [(0.01, "min", 0), *((NOISE, "max", seed) for seed in range(5))]
)
def test_the_best_of_200_is_found_in_40_measurements(image, noise, goal, seed):
    what = Noisy(bowl, noise, sign=1 if goal == "min" else -1)
    found = tune(what, image, goal=goal, seed=seed)
    assert found.settings == len(GRID) == 200
    assert len(what.calls) == len(found.trials) == 40
    assert bowl(**found.best().settings) <= min(bowl(**each) for each in GRID) * (1 + 2 * noise)
    assert 0 < found.scatter < 3 * noise


def test_the_promising_are_measured_again_and_nothing_else(image):
    found = tune(Noisy(bowl), image)
    counts = sorted((len(point.samples("made.up")) for point in found.points), reverse=True)
    assert counts[0] == 4
    assert sum(count > 1 for count in counts) <= 12
    assert len(found.best().samples("made.up")) >= 2


def test_axes_that_matter_are_told_from_those_that_do_not(image):
    found = tune(Noisy(bowl), image, at_most=80)
    assert set(found.importances) == set(AXES)
    assert sum(found.importances.values()) == pytest.approx(1)
    assert min(found.importances, key=found.importances.get) == "d"
    assert list(found.importances.values()) == sorted(found.importances.values(), reverse=True)


def test_without_noise_the_best_is_the_least(image):
    found = tune(Noisy(bowl, noise=0), image, at_most=60)
    assert found.value == min(trial.value for trial in found.trials)
    assert found.scatter == 0


# ---- What is told of it, and what is not to be told


def test_settings_that_are_all_alike_are_told_to_be(image):
    found = tune(Noisy(lambda **_: 100.0, noise=0.2), image)
    assert len(found.indistinguishable) > 0.9 * (len(found.sound) - 1)
    assert found.importances == {}
    text = str(found)
    assert f"{len(found.indistinguishable)} more settings cannot be told from it." in text
    assert "Which axis matters is not to be told: most settings may be as good as" in text
    assert "What decided" not in text


def test_settings_that_differ_are_told_apart_from_the_best(image):
    found = tune(Noisy(bowl, noise=0.01), image)
    best = bowl(**found.best().settings)
    assert all(bowl(**point.settings) < 1.1 * best for point in found.indistinguishable)
    assert len(found.indistinguishable) < 5
    assert found.importances


def test_of_one_axis_no_importance_is_told(image):
    axes = {name: values[:1] for name, values in AXES.items()} | {"a": list(range(1, 31))}
    found = tune(Noisy(lambda a, **_: 100.0 * a, noise=0.01), image, axes)
    assert found.best().settings["a"] == 1
    assert found.importances == {}
    assert "matter" not in str(found)
    assert "decided" not in str(found)


@pytest.mark.parametrize(("unit", "says"), [("words", "its unit 'words'"), ("", "it has none")])
def test_a_goal_that_no_unit_tells_is_asked_for_before_much_is_measured(image, unit, says):
    calls = []

    def cost(image, a, **_):
        calls.append(a)
        return Measurements([Measurement("cost", float(a), unit, {})])

    axes = {"a": [1, 2, 4, 8]}
    with pytest.raises(UsageError, match=f"least or the most cost is best .* {says}") as asked:
        uk.tune(cost, image, axes, metric="cost", warm_ups=0)
    assert 'goal="min"' in asked.value.hint
    assert len(calls) == 1
    found = uk.tune(cost, image, axes, metric="cost", goal="max", warm_ups=0)
    assert found.best().settings == {"a": 8}
    assert "by the most cost: a=8" in str(found)
    assert "most cost" in str(found).partition("\n")[0]


def test_without_being_told_how_it_shows_its_progress(image, monkeypatch):
    shown = []
    monkeypatch.setattr(progress, "QUIET_S", 0)
    monkeypatch.setattr(remaining, "_make_show", [lambda: shown.append])
    tune(Noisy(bowl), image, at_most=12)
    assert [stage.done for stage in shown if stage][-1] == 12


# ---- The same again


def test_the_same_seed_does_the_same(image):
    first, again = (order_of(tune(Noisy(valley), image, seed=3)) for _ in range(2))
    assert first == again
    assert order_of(tune(Noisy(valley), image, seed=4)) != first


@pytest.mark.parametrize("stops", [0, 23])
@pytest.mark.parametrize("kept", ["file", "process"])
def test_an_interrupted_tuning_goes_on_as_if_it_had_not_been(image, tmp_path, stops, kept):
    def fails(a, **_):
        return a == 16

    whole = tune(Noisy(valley, fails=fails), image, seed=1)
    what = Noisy(valley, fails=fails, stops=stops)
    file = tmp_path / "tuning.jsonl" if kept == "file" else None
    with pytest.raises(Unfinished, match=f"interrupted after {stops} of 40") as ended:
        tune(what, image, seed=1, file=file)
    assert order_of(ended.value.found) == order_of(whole)[:stops]
    found = tune(what, image, seed=1, file=file)
    assert order_of(found) == order_of(whole)
    assert len(what.calls) == 40


def test_more_measurements_go_on_from_the_same_file(image, tmp_path):
    file, what = tmp_path / "tuning.jsonl", Noisy(bowl)
    few = tune(what, image, at_most=15, file=file)
    more = tune(what, image, at_most=25, file=file)
    assert order_of(more)[:15] == order_of(few)
    assert len(what.calls) == 25
    assert tune(what, image, at_most=10, file=file).complete
    assert len(what.calls) == 25


def test_a_file_of_a_sweep_is_refused(image, tmp_path):
    file = tmp_path / "journal.jsonl"
    axes = {name: values[:1] for name, values in AXES.items()}
    uk.sweep(Noisy(bowl), image, axes, file=file, warm_ups=0)
    with pytest.raises(UsageError, match="the journal of a sweep"):
        tune(Noisy(bowl), image, axes, file=file)


# ---- What fails


def test_settings_that_fail_are_learnt_from_and_never_the_best(image):
    def fails(a, c, **_):
        return a >= 8 and c == "y"

    what = Noisy(bowl, fails=fails)
    found = tune(what, image)
    sound = [settings for settings in GRID if not fails(**settings)]
    assert bowl(**found.best().settings) <= min(bowl(**each) for each in sound) * 1.1
    assert 0 < len(found.failed) < 12
    assert all(fails(**point.settings) for point in found.failed)
    assert all(what.calls.count(point.settings) == 1 for point in found.failed)
    assert "FAILED" in str(found)
    assert "The guest ran out of memory." in "".join(found.to_frame().failed)


def test_a_setting_that_fails_now_and_then_is_not_the_best(image):
    def fails(**settings):
        return settings["c"] == "y" and what.calls.count(settings) == 2

    what = Noisy(bowl, fails=fails)
    found = tune(what, image)
    assert found.failed
    assert all(len(point.samples("made.up")) == 1 for point in found.failed)
    assert found.best() not in found.failed


def test_all_settings_fail(image):
    found = tune(Noisy(bowl, fails=lambda **_: True), image, at_most=12)
    assert len(found.trials) == len(found.failed) == 12
    assert found.importances == {}
    assert "No setting was measured without a failure" in str(found)
    with pytest.raises(MeasurementFailed, match="none is the best") as none:
        found.best()
    assert none.value.hint == "The guest ran out of memory."


def test_hosts_that_cannot_measure_end_it_and_teach_nothing(image, tmp_path):
    def nowhere(image, *, a, b, c, d):
        raise uk.errors.HypervisorMissing("There is no QEMU.")

    file = tmp_path / "tuning.jsonl"
    for _ in range(2):
        with pytest.raises(Unfinished, match="could not go on after 0 of 40") as ended:
            tune(nowhere, image, file=file)
        assert "There is no QEMU." in ended.value.detail
        assert ended.value.found.trials == ()


def test_a_host_that_fails_at_once_is_not_handed_everything(image):
    asked = experiment(
        Noisy(bowl), image, AXES, {}, file=None, executor=None, warm_ups=0, more={"tuning": 0}
    )
    search = Search(asked, "made.up", "min", seed=0, at_most=40)
    runs = search.runs()
    first, second = next(runs), next(runs)
    search.learn(first, {"worker": "w", **records.failure("host", "There is no QEMU.")})
    assert list(runs) == []  # until the second has ended
    rows = records.of_rows([uk.Measurement("made.up", 1.0, "ms", {})])
    search.learn(second, {"worker": "v", "at_s": 0.0, **rows})
    assert (search.host_failures, search.known.taken) == (0, 1)
    assert next(search.runs()).settings not in (second.settings, None)


# ---- Small and odd questions


def test_fewer_settings_than_measurements_are_all_measured_and_it_ends(image):
    axes = AXES | {"a": [2, 8], "b": [20], "c": ["x", "y"], "d": [0]}
    what = Noisy(bowl)
    found = tune(what, image, axes)
    assert len(found.points) == found.settings == 4
    assert found.best().settings == {"a": 8, "b": 20, "c": "y", "d": 0}
    assert len(what.calls) == 16
    assert found.importances == {}  # too few to tell


def test_one_setting(image):
    found = tune(Noisy(bowl), image, {name: values[:1] for name, values in AXES.items()}, at_most=1)
    assert [trial.sample for trial in found.trials] == [0]
    assert found.importances == {}


def test_values_that_are_alike(image):
    found = tune(Noisy(lambda **_: 7.0, noise=0), image)
    assert found.value == 7


def test_while_some_are_measured_others_are_chosen():
    places = list(itertools.product(range(5), range(4)))
    optimiser = Optimiser({"a": [1, 2, 4, 8, 16], "c": ["x", "y", "z", "w"]}, "min", 0)
    chooser, known = Chooser(optimiser, places, at_most=30), Known()
    for _ in places:
        known.pending.add(chooser.next(known))
    assert known.pending == set(places)
    assert chooser.next(known) is None  # until one of them is known
    first = known.pending.pop()
    known.samples[first], known.taken = [1.0], 1
    assert chooser.next(known) == first


@pytest.mark.parametrize(
    ("choices", "error", "says"),
    [
        ({"at_most": 0}, UsageError, "at_most is a number from 1 to 10,000, not 0"),
        ({"at_most": "many"}, BadRequest, "at_most"),
        ({"goal": "best"}, UsageError, "'max' or 'min', not 'best'"),
        ({"seed": None}, BadRequest, "seed"),
        ({"warm_ups": -1}, UsageError, "warm_ups is a number from 0"),
    ],
)
def test_what_makes_no_sense_is_refused(image, choices, error, says):
    with pytest.raises(error, match=says):
        tune(Noisy(bowl), image, **choices)


def test_a_metric_that_is_not_measured_is_told_at_once(image):
    what = Noisy(bowl)
    with pytest.raises(UsageError, match=r"noisy measures no 'made\.down'") as refused:
        uk.tune(what, image, AXES, metric="made.down", warm_ups=0)
    assert refused.value.hint == "Did you mean 'made.up'?"
    assert len(what.calls) == 1


# ---- Optuna


def test_without_optuna_there_is_a_sentence(image, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(PackageUnavailable, match="Tuning is Optuna's work") as missing:
        tune(Noisy(bowl), image)
    assert missing.value.hint == "pip install 'jupyter-unikernel[tune]'"


def test_optuna_is_silent_and_as_loud_as_before_afterwards(image, capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    tune(Noisy(bowl), image, at_most=15)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_how_it_reads(image):
    text = str(tune(Noisy(bowl), image, AXES, at_most=30))
    head, *lines = text.splitlines()
    assert head.split() == ["a", "b", "c", "d", "least", "made.up,", "ms", "SAMPLES"]
    assert lines[0].split()[:4] == ["8", "20", "y", "0"] or lines[0].split()[2] == "y"
    assert "Best of " in text
    assert " of 200 settings in 30 measurements, by the least made.up: a=8, b=" in text
    assert "What decided whether a setting is among the best: " in text
