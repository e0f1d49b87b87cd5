import struct

import pytest

from unikernel.machines.process import probe
from unikernel.machines.process.probe import run


def test_processes_can_be_locked_in_here(tmp_path):
    assert run(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("_SECCOMP", 0x7FFF, "seccomp refuses a filter: Invalid argument"),
        ("_TRAP", 0x7FFF0000, "stops nothing"),
    ],
)
def test_a_lock_that_does_not_hold_is_noticed(tmp_path, monkeypatch, name, value, message):
    monkeypatch.setattr(probe, name, value)
    assert message in run(tmp_path)


def test_a_place_where_programs_cannot_be_run(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "elf", lambda: b"no program")
    assert f"programs in {tmp_path} cannot be run" in run(tmp_path)


def test_a_probe_that_crashes(tmp_path, monkeypatch):
    whole = probe.elf()
    at = struct.calcsize("16sHHIQQQIHHHHHH") + 56
    monkeypatch.setattr(probe, "elf", lambda: whole[:at] + b"\x0f\x0b" + whole[at + 2 :])
    assert "died of signal 4" in run(tmp_path)
