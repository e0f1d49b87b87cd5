"""The command `tune`, without a guest."""

import pytest
from support.fake_machine import only_one

from unikernel.errors import UsageError
from unikernel.exploration import measurements
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.completion import complete
from unikernel.frontends.commands.parsers import parse, split
from unikernel.model.measurement import Measurement, Measurements


@pytest.fixture
def taken(tmp_path, only_these, monkeypatch):
    """The settings of what was measured, one after the other."""
    only_one(only_these, tmp_path)
    taken = []

    def boot(image, *, repeat, warm_ups, **choices):
        taken.append(choices)
        where = {"image": image.name, "target": "virtio"}
        metrics = {"boot.total": abs(choices["memory_mib"] - 48), "boot.early": 1.0}
        return Measurements(Measurement(name, each, "ms", where) for name, each in metrics.items())

    monkeypatch.setitem(measurements.BY_NAME, "boot", boot)
    return taken


def run(line, cell=None):
    return actions.run(Call(parse(split(line)), cell))


def test_the_best_is_found_and_the_file_has_it(taken, tmp_path):
    file, picture = tmp_path / "journal", tmp_path / "plot.svg"
    line = f"tune boot hello --axis memory_mib=16,32,48,64 --at-most 9 -o {file} --warm-ups 0"
    found = run(f"{line} --env A=1 --save {picture} --seed 3")
    assert found.best().settings == {"memory_mib": 48}
    assert (found.metric, found.goal) == ("boot.total", "min")
    assert len(taken) == 9
    assert all(one["environment"] == {"A": "1"} for one in taken)
    assert "<svg" in picture.read_text()
    run(f"{line} --env A=1 --seed 3")
    assert len(taken) == 9  # all is in the file


def test_metric_and_goal_are_as_asked(taken):
    line = "tune boot hello -a memory_mib=16,32,48 --warm-ups 0"
    assert run(f"{line} --goal max").best().settings == {"memory_mib": 16}
    assert run(f"{line} --metric boot.early").metric == "boot.early"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tune boot hello", "no axis is given"),
        ("tune boot hello -a memory_mib=1,2 -r 3", "takes no repeat"),
        ("tune boot hello -a memory_mib=1,2 --goal best", "best"),
        ("tune boot hello -a memory_mib=1,2 --at-most 0", "at_most is a number from 1"),
        ("tune boot hello -a memory_mib=1,2 --save plot.doc", "names no format"),
        ("tune block hello -a memory_mib=1,2", "none stands for this measurement"),
    ],
)
def test_what_makes_no_sense_is_refused(taken, line, message):
    with pytest.raises(UsageError, match=message):
        run(line)
    assert not taken


def test_measurements_and_images_are_completed(taken):
    assert "boot" in complete("%unikernel tune ").candidates
    assert complete("%unikernel tune boot he").candidates == ("hello",)
    assert "--at-most" in complete("%unikernel tune boot hello --at").candidates
