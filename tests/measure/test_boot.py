import pytest
from support.guests import tiny_guest, tiny_process

import unikernel
from unikernel import measure
from unikernel.errors import MeasurementFailed
from unikernel.machines import registry
from unikernel.measure import boot_time
from unikernel.model.boot_phases import PHASES, PROCESS_PHASES, WITHOUT_TRACE

pytestmark = pytest.mark.boot


def test_every_repeat_has_every_phase_and_they_add_up(guest, tmp_path):
    image = guest.image(tmp_path, guest.TRACED + guest.leave(0))
    progress_calls = []
    rows = measure.boot(image, repeat=3, progress=lambda *step: progress_calls.append(step))
    phases = PROCESS_PHASES if guest is tiny_process else PHASES
    assert {row.metric for row in rows} == {f"boot.{name}" for name in (*phases, "total")}
    for sample in range(3):
        values = {row.metric: row.value for row in rows if row.sample == sample}
        total = values.pop("boot.total")
        assert sum(values.values()) == pytest.approx(total)
        assert total > 0
    assert {row.unit for row in rows} == {"ms"}
    assert {row.dimensions["target"] for row in rows} == {image.target}
    assert [done for _, done, _ in progress_calls] == [1, 2, 3, 4]
    assert progress_calls[-1][2] == 4


def test_measured_machines_are_not_listed(guest, tmp_path):
    image = guest.image(tmp_path, guest.say("x\n") + guest.LOOP)
    before = registry.machines()
    measure.boot(image, repeat=1)
    assert registry.machines() == before


def test_an_untraced_guest_has_one_phase(guest, tmp_path):
    image = guest.image(tmp_path, guest.say("x\n") + guest.LOOP)
    rows = measure.boot(image, repeat=1, warm_ups=0)
    assert [row.metric for row in rows] == [f"boot.{WITHOUT_TRACE}", "boot.total"]


def test_a_guest_without_a_line_cannot_be_measured(guest, tmp_path):
    ending = guest.image(tmp_path, guest.say("almost") + guest.leave(2), "ending")
    silent = guest.image(tmp_path, guest.LOOP)
    for image, message in ((ending, "status 2"), (silent, "within 0.3 s")):
        with pytest.raises(MeasurementFailed, match=message):
            measure.boot(image, repeat=1, timeout_s=0.3)


def test_a_paused_start_cannot_be_measured(tmp_path):
    with pytest.raises(MeasurementFailed, match="paused"):
        measure.boot(tiny_guest.image(tmp_path, tiny_guest.LOOP), paused=True)


def test_sizes_add_up(image):
    rows = measure.size(image)
    families = {}
    for row in rows:
        family = row.metric.split(".")[1]
        families[family] = families.get(family, 0) + row.value
        assert row.unit == "B"
    assert families["image"] == image.path.stat().st_size
    assert families["package"] == families["module"] > 0
    assert families["section"] > 0
    assert {row.dimensions["image"] for row in rows} == {image.name}


LONG_WRITE = r"""
#include <unistd.h>
static char text[1 << 18];
int main(void)
{
	for (unsigned i = 0; i < sizeof text; i++)
		text[i] = i % 64 == 8 ? '\n' : 'x';
	return write(1, text, sizeof text) < 0;
}
"""


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_a_long_first_write_is_timed_up_to_its_first_line(target, caplog):
    image = unikernel.build(LONG_WRITE, name="long-write", target=target, language="c")
    rows = measure.boot(image, repeat=3)
    assert "boot.application" in {row.metric for row in rows}
    assert min(row.value for row in rows) >= 0
    assert caplog.messages == []


FORGED = [0, 1, 2**62, 2**63, 2**64 - 1]


@pytest.mark.parametrize("stamp", FORGED)
@pytest.mark.parametrize("milestone", [1, 3, 5])
def test_forged_stamps_are_neither_rows_nor_kept_quiet(tmp_path, stamp, milestone, caplog):
    trace = b"H" + (10**9).to_bytes(8, "little")
    for number in range(1, 6):
        moment = stamp if number == milestone else 10**6 * number
        trace += b"T%c" % number + moment.to_bytes(8, "little")
    code = tiny_guest.say("ready\n") + tiny_guest.out(tiny_guest.TRACE, trace)
    image = tiny_guest.image(tmp_path, code + tiny_guest.leave(0))
    rows = measure.boot(image, repeat=1, warm_ups=0)
    values = {row.metric: row.value for row in rows}
    total = values.pop("boot.total")
    assert min(values.values()) >= 0
    assert sum(values.values()) == pytest.approx(total)
    assert total < 60_000
    early, after_the_line = milestone == 1 and stamp < 2, milestone == 3 and stamp > 2
    assert any("cannot be" in message for message in caplog.messages) is not (
        early or after_the_line
    )


@pytest.mark.parametrize("target", ["virtio", "unix"])
@pytest.mark.parametrize(
    "program",
    ['let start () = failwith "no"', "let rec f n = 1 + f n\nlet start () = ignore (f 1)"],
)
def test_a_guest_that_dies_before_its_first_line_has_no_boot_time(target, program):
    image = unikernel.build(program, name="dies", target=target)
    with pytest.raises(MeasurementFailed, match=r"died before .*status 2") as failure:
        measure.boot(image, repeat=1, warm_ups=0)
    assert "Fatal error: exception" in failure.value.detail


def test_a_guest_that_only_speaks_of_a_fatal_error_is_measured(guest, tmp_path, monkeypatch):
    monkeypatch.setattr(boot_time, "ENDING_TIME_S", 0.1)
    image = guest.image(tmp_path, guest.say("Fatal error: none\n") + guest.LOOP)
    assert measure.boot(image, repeat=1, warm_ups=0).median("boot.total") > 0
