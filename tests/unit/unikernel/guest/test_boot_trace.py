import struct
import time

import pytest

from unikernel.guest import boot_trace
from unikernel.guest.boot_trace import BootTrace
from unikernel.guest.trace import Milestone
from unikernel.model.boot_phases import RESTART, WITHOUT_TRACE


def passed(*milestones):
    return b"".join(b"T" + struct.pack("<BQ", m, m * 1000) for m in milestones)


BEFORE_LINE = b"H" + struct.pack("<Q", 10**9) + passed(Milestone.ENTRY, Milestone.BASE)


@pytest.fixture
def traced():
    made = BootTrace()
    made.begin()
    return made


def now():
    return time.perf_counter_ns()


def names(timeline):
    return [phase.name for phase in timeline.phases]


def test_no_line_no_timeline(traced):
    traced.feed(BEFORE_LINE)
    assert traced.timeline(None, ended=False) is None
    assert traced.timeline(None, ended=True) is None


@pytest.mark.parametrize("data", [b"", BEFORE_LINE[:9], BEFORE_LINE])
def test_the_trace_of_the_line_is_awaited(traced, data):
    line_ns = now()
    traced.feed(data)
    assert traced.timeline(line_ns, ended=False) is None
    traced.feed(BEFORE_LINE[len(data) :] + passed(Milestone.LINE))
    assert names(traced.timeline(line_ns, ended=False))[-1] == "application"


def test_a_guest_that_never_traces_is_awaited_for_a_moment(traced, monkeypatch):
    line_ns = now()
    assert traced.timeline(line_ns, ended=False) is None
    monkeypatch.setattr(boot_trace, "GRACE_S", 0.0)
    assert names(traced.timeline(line_ns, ended=False)) == [WITHOUT_TRACE]


@pytest.mark.parametrize("data", [b"", BEFORE_LINE])
def test_an_ended_guest_is_not_awaited(traced, data):
    traced.feed(data)
    assert names(traced.timeline(now(), ended=True)) == [WITHOUT_TRACE]


def test_garbage_is_not_awaited(traced):
    traced.feed(b"?")
    assert names(traced.timeline(now(), ended=False)) == [WITHOUT_TRACE]


def test_a_restart_forgets_the_boot_before(traced):
    traced.feed(BEFORE_LINE + passed(Milestone.LINE))
    traced.begin(restarted=True)
    line_ns = now()
    assert traced.timeline(line_ns, ended=False) is None
    traced.feed(BEFORE_LINE + passed(Milestone.LINE))
    assert names(traced.timeline(line_ns, ended=False))[0] == RESTART


@pytest.mark.parametrize("stamp", [2**62, 2**64 - 1])
def test_a_forged_stamp_is_not_believed(traced, stamp):
    forged = b"T" + struct.pack("<BQ", Milestone.LINE, stamp)
    traced.feed(BEFORE_LINE + forged)
    boot = traced.timeline(now(), ended=False)
    assert names(boot) == [WITHOUT_TRACE]
    assert boot.warning
