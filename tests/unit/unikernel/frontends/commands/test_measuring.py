"""measure and plot with several values of a setting, and without a guest."""

from dataclasses import replace

import pytest
from support.fake_machine import only_one

from unikernel import measure
from unikernel.errors import UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import PLAIN_VIEWS, Call
from unikernel.frontends.commands.parsers import parse, split
from unikernel.model.measurement import Measurement, Measurements

SETTINGS = "-m 32 -m 256 --machine microvm --machine q35"


@pytest.fixture
def taken(tmp_path, only_these, monkeypatch):
    """What was measured, one after the other."""
    only_one(only_these, tmp_path)
    taken = []

    def boot(image, *, progress=None, watch=None, **choices):
        taken.append((choices["memory_mib"], choices["machine"]))
        where = {"image": image.name, "target": "virtio"} | choices
        return Measurements([Measurement("boot.base", 1.0, "ms", where)])

    monkeypatch.setattr(measure, "boot", boot)
    return taken


def run(line, **more):
    return actions.run(Call(parse(split(line)), None, **more))


def test_each_combination_of_settings_is_measured_and_drawn(taken):
    rows = run(f"measure boot hello {SETTINGS}")
    assert taken == [(32, "microvm"), (32, "q35"), (256, "microvm"), (256, "q35")]
    assert [row.dimensions["memory_mib"] for row in rows] == [32, 32, 256, 256]
    plotted = run(f"plot boot hello {SETTINGS}")
    assert len(taken) == 4  # the rows that are there already
    assert "microvm, 32 MiB 1 ms; q35, 32 MiB 1 ms; microvm, 256 MiB 1 ms" in str(plotted)


def test_sliders_begin_at_one_value(taken):
    with pytest.raises(UsageError, match="several are given"):
        run(f"measure boot hello --sliders {SETTINGS}", views=replace(PLAIN_VIEWS, sliders=print))
