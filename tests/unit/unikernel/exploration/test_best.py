"""What is told from the best of some settings when samples scatter, and what is not."""

import random

import pytest

from unikernel.exploration.tuning.tune import Tuning
from unikernel.model.exploration.points import Point
from unikernel.model.measurement import Measurement, Measurements


def points_of(samples):
    """Return a tuning of one axis, whose settings have these samples."""
    return Tuning(
        *("boot", "hello", {"n": tuple(range(len(samples)))}, "made.up", "ms", "min"),
        trials=(),
        points=tuple(
            Point({"n": n}, Measurements(Measurement("made.up", value, "ms", {}, number)
                                         for number, value in enumerate(values)))
            for n, values in enumerate(samples)
        ),
        importances={},
        settings=len(samples),
        at_most=100,
    )  # fmt: skip


def test_ranges_that_overlap_do_not_tell_settings_apart():
    best, overlapping, single = [1.25, 1.4, 1.6, 5.08], [1.9, 2.4, 4.0, 7.6], [4.9]
    apart = [9.0, 9.5, 11.0, 12.0]
    found = points_of([best, overlapping, single, apart, [1e3]])
    assert found.best().settings == {"n": 0}
    assert [point.settings["n"] for point in found.indistinguishable] == [1, 2]


@pytest.mark.parametrize("draw", [lambda r: r.gauss(1, 0.1), lambda r: 1 + r.expovariate(1)])
@pytest.mark.parametrize("samples", [1, 2, 4])
def test_settings_that_are_equal_are_seldom_told_apart(draw, samples):
    """Of many equal ones the best is the luckiest: one in twenty may be told from it."""
    counts = [samples] * 20 + [4] * 4
    told = 0
    for seed in range(50):
        rng = random.Random(seed)
        found = points_of([[draw(rng) for _ in range(count)] for count in counts])
        told += len(found.sound) - 1 - len(found.indistinguishable)
    assert told <= 0.05 * 50 * (len(counts) - 1)


@pytest.mark.parametrize("samples", [1, 4])
def test_settings_that_are_twice_as_bad_are_told_apart(samples):
    for seed in range(50):
        rng = random.Random(seed)
        values = [[each * rng.gauss(1, 0.05) for _ in range(4)] for each in (1, 1, 1, 1.1)]
        found = points_of([*values, [2 * rng.gauss(1, 0.05) for _ in range(samples)]])
        assert found.points[-1] not in found.indistinguishable
