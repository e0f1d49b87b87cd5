"""What samples say of themselves, which are made with noise that is known."""

import random

import pytest

from unikernel.model.exploration import effects, noise
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.points import Point
from unikernel.model.exploration.settings import grid
from unikernel.model.measurement import Measurement, Measurements


def point(settings, values, worker="w"):
    return Point(
        settings,
        Measurements(
            Measurement("m", value, "ms", {"worker": worker, "at_s": float(number)}, number)
            for number, value in enumerate(values)
        ),
    )


def noisy(rng, middle, count):
    return [rng.gauss(middle, 0.01 * middle) for _ in range(count)]


def test_scatter_is_what_was_put_in():
    rng = random.Random(1)
    points = [point({"a": n}, noisy(rng, 10.0 * n, 5)) for n in range(1, 60)]
    assert noise.scatter(points, "m") == pytest.approx(0.01, rel=0.25)


def test_an_outlier_is_found_among_few_samples():
    rng = random.Random(2)
    points = [point({"a": n}, noisy(rng, 100.0, 3)) for n in range(40)]
    points.append(point({"a": 99}, [100.0, 100.5, 130.0]))
    (found,) = noise.outliers(points, ["m"])
    assert found.settings == {"a": 99}
    assert found.value == 130.0
    assert "a=99" in str(found)


def test_two_samples_that_differ_accuse_nobody():
    assert noise.outliers([point({}, [1.0, 9.0])], ["m"]) == []


def drifting(values):
    return Measurements(
        Measurement("m", value, "ms", {"at_s": float(n)}, n) for n, value in enumerate(values)
    )


@pytest.mark.parametrize("seed", range(20))
def test_drift_is_told_from_noise(seed):
    rng = random.Random(seed)
    steady = noisy(rng, 100.0, 12)
    assert noise.drift(drifting(steady), "m") is None
    rising = [value * (1 + 0.02 * n) for n, value in enumerate(steady)]
    assert noise.drift(drifting(rising), "m") == pytest.approx(0.2, abs=0.06)


def test_too_few_baselines_say_nothing_of_drift():
    assert noise.drift(drifting([1.0, 2.0, 3.0, 4.0]), "m") is None


def test_workers_that_differ_are_told_apart():
    rng = random.Random(3)
    even = [
        Point(
            {"a": n},
            Measurements(
                Measurement("m", rng.gauss(times * 100, 1), "ms", {"worker": w, "at_s": k}, k)
                for k, (w, times) in enumerate([("fast", 1.0), ("slow", 1.2)] * 2)
            ),
        )
        for n in range(10)
    ]
    found = noise.differing_workers(even, "m")
    assert found["slow"] / found["fast"] == pytest.approx(1.2, rel=0.03)
    same = [point({"a": n}, noisy(rng, 100.0, 4), f"w{n % 2}") for n in range(20)]
    assert noise.differing_workers(same, "m") == {}


def swept(values, axes, repeat=3, spread=0.0):
    rng = random.Random(4)
    points = tuple(
        point(settings, [values(**settings) + rng.gauss(0, spread) for _ in range(repeat)])
        for settings in grid(axes)
    )
    return Found("f", "image", axes, points, Measurements())


AXES = {"a": (0, 1, 2), "b": (0, 1, 2), "c": (0, 1)}


def test_shares_are_of_who_does_it():
    alone = effects.shares(swept(lambda a, b, c: 10 * a, AXES), "m")
    assert (alone[0].axes, alone[0].part) == (("a",), pytest.approx(1.0))
    both = effects.shares(swept(lambda a, b, c: (a - 1) * (b - 1), AXES), "m")
    assert (both[0].axes, both[0].part) == (("a", "b"), pytest.approx(1.0))
    noise_alone = effects.shares(swept(lambda a, b, c: 10, AXES, spread=1.0), "m")
    assert noise_alone[-1].axes == ()
    assert noise_alone[-1].part > 0.5
    assert sum(share.part for share in noise_alone) == pytest.approx(1.0)


def test_nothing_that_varies_has_no_shares():
    assert effects.shares(swept(lambda a: 1.0, {"a": (1,)}), "m") == []
    assert effects.shares(swept(lambda a: 1.0 * a, {"a": (1, 2)}, repeat=1), "m") == []
    assert effects.shares(swept(lambda a, b, c: 1.0, AXES), "m") == []
