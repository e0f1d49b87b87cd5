import pytest
import tiny_guest
from test_unikernel_machines import TRACED
from tiny_guest import LOOP, leave, say

from unikernel import measure, session
from unikernel.errors import MeasurementFailed
from unikernel.timeline import PHASES, UNTRACED

pytestmark = pytest.mark.boot


def test_every_repeat_has_every_phase_and_they_add_up(tmp_path):
    image = tiny_guest.image(tmp_path, TRACED + leave(0))
    told = []
    rows = measure.boot(
        image, repeat=3, accelerator="tcg", progress=lambda *step: told.append(step)
    )
    assert {row.metric for row in rows} == {f"boot.{name}" for name in (*PHASES, "total")}
    for sample in range(3):
        values = {row.metric: row.value for row in rows if row.sample == sample}
        total = values.pop("boot.total")
        assert sum(values.values()) == pytest.approx(total)
        assert total > 0
    assert {row.unit for row in rows} == {"ms"}
    assert {row.dimensions["accelerator"] for row in rows} == {"tcg"}
    assert [done for _, done, _ in told] == [1, 2, 3, 4]
    assert told[-1][2] == 4


def test_measured_machines_are_not_listed(tmp_path):
    measure.boot(tiny_guest.image(tmp_path, say("x\n") + LOOP), repeat=1, accelerator="tcg")
    assert session.machines() == ()


def test_an_untraced_guest_has_one_phase(tmp_path):
    image = tiny_guest.image(tmp_path, say("x\n") + LOOP)
    rows = measure.boot(image, repeat=1, warm_ups=0, accelerator="tcg")
    assert [row.metric for row in rows] == [f"boot.{UNTRACED}", "boot.total"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(say("almost") + leave(2), "status 2"), (LOOP, "within 0.3 s")],
)
def test_a_guest_without_a_line_cannot_be_measured(tmp_path, code, words):
    image = tiny_guest.image(tmp_path, code)
    with pytest.raises(MeasurementFailed, match=words):
        measure.boot(image, repeat=1, timeout_s=0.3, accelerator="tcg")


def test_a_paused_start_cannot_be_measured(tmp_path):
    with pytest.raises(MeasurementFailed, match="paused"):
        measure.boot(tiny_guest.image(tmp_path, LOOP), paused=True)


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
