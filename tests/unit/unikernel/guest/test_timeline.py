import random

import pytest

from unikernel.guest.timeline import Phase, process_timeline, timeline
from unikernel.guest.trace import Milestone
from unikernel.model.boot_phases import PHASES, PROCESS_PHASES, RESTART, WITHOUT_TRACE

HZ = 1_000_000_000  # a tick is a nanosecond
MS = 1_000_000
PASSED = {
    Milestone.ENTRY: 2 * MS,
    Milestone.BASE: 5 * MS,
    Milestone.RUNTIME: 9 * MS,
    Milestone.START: 10 * MS,
    Milestone.LINE: 12 * MS,
}


def durations(line):
    return {phase.name: round(phase.duration_ms, 6) for phase in line.phases}


def test_phases_in_order_and_their_durations():
    line = timeline(100 * MS, 150 * MS, HZ, PASSED)
    assert durations(line) == {
        "qemu start": 38,
        "firmware": 2,
        "base": 3,
        "runtime": 4,
        "libraries": 1,
        "application": 2,
    }
    assert list(durations(line)) == list(PHASES)


def test_phases_add_up_to_the_wall_time():
    assert timeline(7, 50 * MS + 3, HZ, PASSED).total_ms == pytest.approx((50 * MS - 4) / MS)


def test_a_missing_milestone_joins_two_phases():
    passed = {key: tsc for key, tsc in PASSED.items() if key != Milestone.RUNTIME}
    line = timeline(0, 50 * MS, HZ, passed)
    assert "runtime" not in durations(line)
    assert durations(line)["libraries"] == 5
    assert line.total_ms == pytest.approx(50)


@pytest.mark.parametrize("join", [timeline, process_timeline])
@pytest.mark.parametrize("missing", [Milestone.ENTRY, Milestone.LINE])
def test_without_entry_or_line_there_is_one_phase(missing, join):
    passed = {key: moment for key, moment in PASSED.items() if key != missing}
    assert join(0, 50 * MS, HZ, passed).phases == (Phase(WITHOUT_TRACE, 50.0),)


def test_without_a_frequency_there_is_one_phase():
    assert timeline(0, 50 * MS, None, PASSED).phases == (Phase(WITHOUT_TRACE, 50.0),)


def test_after_a_reset_the_counter_has_no_origin():
    shifted = {key: tsc + 3600 * HZ for key, tsc in PASSED.items()}
    line = timeline(0, 50 * MS, HZ, shifted, restarted=True)
    assert list(durations(line))[:2] == [RESTART, "base"]
    assert durations(line)[RESTART] == 40
    assert line.total_ms == pytest.approx(50)


def test_text_shows_every_phase_and_the_total():
    text = str(timeline(0, 50 * MS, HZ, PASSED))
    assert [line.split()[-2] for line in text.splitlines()][-1] == "50.00"
    assert len(text.splitlines()) == len(PHASES) + 1


def test_a_process_stamps_the_hosts_own_time():
    line = process_timeline(1 * MS, 50 * MS, HZ, PASSED)
    assert durations(line) == {
        "process start": 1,
        "base": 3,
        "runtime": 4,
        "libraries": 1,
        "application": 2,
    }
    assert list(durations(line)) == list(PROCESS_PHASES)
    assert line.total_ms == pytest.approx(11)


def test_a_process_whose_start_nobody_saw_begins_with_its_entry():
    line = process_timeline(3 * MS, 50 * MS, HZ, PASSED)
    assert durations(line)["process start"] == 0
    assert line.total_ms == pytest.approx(10)


@pytest.mark.parametrize("join", [timeline, process_timeline])
def test_a_milestone_after_the_first_line_is_no_part_of_the_boot(join):
    line = join(0, 50 * MS, HZ, PASSED | {Milestone.START: 40 * MS})
    assert "libraries" not in durations(line)
    assert durations(line)["application"] == 3


# ---- stamps that cannot be


def whole(line, wall_ms):
    """Whether the phases of a timeline are such as can be."""
    assert all(phase.duration_ms >= 0 for phase in line.phases), line
    assert line.total_ms == pytest.approx(sum(phase.duration_ms for phase in line.phases))
    assert line.total_ms <= wall_ms + 1e-6
    return True


FORGED = [0, 1, 3 * MS, 49 * MS, 50 * MS, 51 * MS, 3600 * HZ, 2**62, 2**63, 2**64 - 1]


@pytest.mark.parametrize("join", [timeline, process_timeline])
@pytest.mark.parametrize("milestone", list(Milestone))
@pytest.mark.parametrize("stamp", FORGED)
def test_one_forged_stamp_makes_no_phase_that_cannot_be(join, milestone, stamp):
    for start in (0, 3 * MS, 50 * MS):
        line = join(start, 50 * MS, HZ, PASSED | {milestone: stamp})
        assert whole(line, 50 if join is process_timeline else (50 * MS - start) / MS)


@pytest.mark.parametrize("hz", [1, 7, HZ // 1000, HZ, 2**64 - 1])
@pytest.mark.parametrize("join", [timeline, process_timeline])
@pytest.mark.parametrize("restarted", [False, True])
def test_no_forged_trace_makes_a_phase_that_cannot_be(join, hz, restarted):
    chance = random.Random(1)
    for _ in range(2000):
        passed = {m: chance.choice(FORGED) + chance.randrange(5 * MS) for m in Milestone}
        line = join(0, 50 * MS, hz, passed, restarted=restarted, earliest_ns=0)
        assert whole(line, 50)


def test_stamps_beyond_the_boot_are_dropped_and_that_is_said():
    line = timeline(0, 50 * MS, HZ, PASSED | {Milestone.LINE: 174 * MS})
    assert line.phases == (Phase(WITHOUT_TRACE, 50.0),)
    assert "cannot be" in line.warning
    assert line.warning in str(line)


def test_a_stamp_before_the_one_before_it_joins_two_phases_and_that_is_said():
    line = timeline(0, 50 * MS, HZ, PASSED | {Milestone.RUNTIME: 4 * MS})
    assert durations(line)["libraries"] == 5
    assert "runtime" not in durations(line)
    assert "runtime" in line.warning
    assert line.total_ms == pytest.approx(50)


def test_honest_stamps_are_not_doubted():
    assert timeline(0, 50 * MS, HZ, PASSED).warning == ""
    assert process_timeline(0, 50 * MS, HZ, PASSED, earliest_ns=0).warning == ""


def test_a_process_held_up_after_its_line_took_until_the_line_came():
    line = process_timeline(0, 50 * MS, HZ, PASSED | {Milestone.LINE: 80 * MS}, earliest_ns=0)
    assert (line.total_ms, line.warning) == (pytest.approx(50), "")


def test_a_process_did_not_begin_before_it_was_started():
    line = process_timeline(40 * MS, 50 * MS, HZ, PASSED, earliest_ns=30 * MS)
    assert line.phases == (Phase(WITHOUT_TRACE, 10.0),)
    assert "cannot be" in line.warning


def test_a_guest_that_somebody_else_resumed_began_before_we_saw_it():
    line = timeline(45 * MS, 50 * MS, HZ, PASSED, earliest_ns=0)
    assert durations(line)["qemu start"] == 0
    assert (line.total_ms, line.warning) == (pytest.approx(12), "")
