"""The list of machines: what it says of one whose process is not there yet."""

from support.fake_machine import FakeMachine, FakeSide, fake_image

from unikernel.render.display import machine_text, machines_table


def test_a_machine_that_is_starting_has_no_pid(tmp_path, monkeypatch):
    machine = FakeMachine(fake_image(tmp_path))
    assert "4711" in str(machines_table([machine]))
    monkeypatch.setattr(FakeSide, "pid", None)
    assert "None" not in str(machines_table([machine])) + machine_text(machine)
