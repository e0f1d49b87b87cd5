"""How often a guest is looked at, with a clock that only looks and waits move on."""

import asyncio
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from unikernel.machines import sampling

PROGRAM = Path(shutil.which("true"))


class Clock:
    """The module's time and event of threading."""

    def __init__(self):
        self.now_s = 0.0

    def monotonic(self):
        return self.now_s

    def wait(self, seconds):
        self.now_s += seconds
        return False


class Looks(sampling.Sampler):
    """Each takes as long as `takes_s(time)`; the guest is outside of its program."""

    def __init__(self, clock, takes_s, idle=False):
        self.clock, self.takes_s, self.is_idle = clock, takes_s, idle

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def idle(self):
        return self.is_idle

    def hold(self):
        self.clock.wait(self.takes_s(self.clock.now_s))
        return {4: 0, 7: 0, 16: 1}

    def read(self, address, size):
        return b""

    def let_go(self):
        pass


@pytest.fixture
def look(monkeypatch):
    def looked(takes_s, **more):
        clock = Clock()
        monkeypatch.setattr(sampling, "time", clock)
        monkeypatch.setattr(sampling, "threading", SimpleNamespace(Event=lambda: clock))
        looks = Looks(clock, takes_s, **more)
        return asyncio.run(sampling.sampled(lambda: looks, PROGRAM, 30.0, 100.0))

    return looked


def test_a_fast_look_is_taken_as_often_as_asked(look):
    seen = look(lambda _: 0.001)
    assert sum(seen.stacks.values()) == pytest.approx(30 / 0.011, rel=0.1)
    assert seen.put_off == 0


@pytest.mark.parametrize(
    "takes_s", [lambda _: 0.02, lambda now: 0.0005 if now < 5 else 0.02], ids=["slow", "slower"]
)
def test_a_slow_look_is_taken_less_often_so_that_the_guest_runs(look, takes_s):
    seen = look(takes_s)
    looks = sum(seen.stacks.values())
    assert seen.held_s / seen.seconds < 1.1 * sampling.MOST_HELD
    assert seen.held_s / seen.seconds > 0.9 * sampling.MOST_HELD, "nor much less often"
    assert looks / 10 < seen.put_off < looks, "which the title says"


def test_one_look_that_took_long_does_not_slow_all_others(look):
    seen = look(lambda now: 0.5 if now < 0.1 else 0.001)
    assert sum(seen.stacks.values()) > 2000
    assert seen.put_off < 50


def test_a_guest_that_waits_is_not_held_and_looked_at_as_often(look):
    seen = look(lambda _: 1.0, idle=True)
    assert (seen.held_s, seen.put_off, dict(seen.stacks)) == (0.0, 0, {})
    assert seen.idle == pytest.approx(3000, rel=0.1)
