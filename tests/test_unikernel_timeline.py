import pytest

from unikernel.timeline import (
    PHASES,
    PROCESS_PHASES,
    RESTART,
    UNTRACED,
    Phase,
    process_timeline,
    timeline,
)
from unikernel.trace import Milestone

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
    assert join(0, 50 * MS, HZ, passed).phases == (Phase(UNTRACED, 50.0),)


def test_without_a_frequency_there_is_one_phase():
    assert timeline(0, 50 * MS, None, PASSED).phases == (Phase(UNTRACED, 50.0),)


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
