"""Usage and rates: counters that go on, begin anew, go round, or are not known."""

from dataclasses import replace

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel.errors import WrongState
from unikernel.machines.usage import Rates, Usage

EARLIER = Usage(
    at_s=10.0,
    cpu_s=1.0,
    memory_bytes=5,
    received_bytes=100,
    sent_bytes=200,
    received_frames=65_530,
    sent_frames=7,
    read_bytes=0,
    written_bytes=4096,
)


def test_rates_are_per_second():
    later = replace(EARLIER, at_s=12.0, cpu_s=2.0, received_bytes=300, sent_frames=27)
    rates = later.since(EARLIER)
    assert rates.cpus == 0.5
    assert rates.received_bytes_per_s == 100
    assert rates.sent_bytes_per_s == 0
    assert rates.sent_frames_per_s == 10


def test_what_began_anew_or_is_not_known_has_no_rate():
    later = replace(EARLIER, at_s=11.0, cpu_s=0.0, read_bytes=None)
    rates = later.since(EARLIER)
    assert rates.cpus is None
    assert rates.read_bytes_per_s is None
    assert rates.written_bytes_per_s == 0
    assert later.since(later) == Rates()


@pytest.mark.parametrize(
    ("span_s", "after", "per_second"),
    [
        (1.0, 4, 10),  # 65530 … 65535, 0 … 3
        (1.0, 65_531, 1),
        (0.5, 20_000, 40_012),
        (1.0, 40_000, None),  # the device may have been reset
        (3.0, 65_531, None),  # the counter may have gone round more than once
    ],
)
def test_a_counter_of_frames_goes_round(span_s, after, per_second):
    later = replace(EARLIER, at_s=10.0 + span_s, received_frames=after)
    assert later.since(EARLIER).received_frames_per_s == per_second


def test_facts_of_another_release_are_read():
    facts = EARLIER.facts() | {"later_invented": 1}
    facts.pop("sent_frames")
    assert Usage.of(facts) == replace(EARLIER, sent_frames=None)


def test_a_machine_that_has_ended_has_no_usage(tmp_path):
    machine = FakeMachine(fake_image(tmp_path))
    assert machine.usage().at_s > 0
    machine.end()
    with pytest.raises(WrongState, match="cannot be measured: it has ended"):
        machine.usage()
