"""Captures that begin and end while a machine runs, as QEMU is asked for them."""

import pytest
from support.fake_machine import FakeDomain, FakeMachine, FakeProcess, fake_image

from unikernel.errors import NetworkUnavailable, UsageError, WrongState
from unikernel.machines.captures import AT_BOOT

NETS = {"a": "user", "b": "lan:x"}


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(fake_image(tmp_path), nets=NETS)


def test_a_capture_begins_and_ends(machine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = machine.start_capture("frames.pcap", "b")
    assert file == tmp_path / "frames.pcap"
    assert dict(machine.spec.captures) == {"b": str(file)}
    with pytest.raises(WrongState, match="are being written to"):
        machine.start_capture("other.pcap", "b")
    assert machine.stop_capture() == file
    assert machine.spec.captures == {}
    (began, what), (ended, which) = machine.commands
    assert (began, ended) == ("object-add", "object-del")
    assert (what["qom-type"], what["netdev"], what["file"]) == ("filter-dump", "net1", str(file))
    assert what["id"] == which["id"] == "dump1"


def test_what_cannot_be_captured_says_why(machine, tmp_path):
    with pytest.raises(WrongState, match=r"No frames .* are being written"):
        machine.stop_capture()
    with pytest.raises(UsageError, match="no network device 'c'"):
        machine.start_capture("x.pcap", "c")
    with pytest.raises(NetworkUnavailable, match="cannot be written"):
        machine.start_capture(tmp_path / "nowhere" / "x.pcap")
    assert machine.commands == []
    machine.end()
    with pytest.raises(WrongState, match="cannot be captured: it has ended"):
        machine.start_capture("x.pcap")


@pytest.mark.parametrize(
    ("kind", "nets", "why"),
    [
        (FakeMachine, NETS, ""),
        (FakeMachine, {"a": "tap"}, AT_BOOT),
        (FakeMachine, {"a": "tap,offload=off"}, ""),
        (FakeProcess, NETS, ""),
        (FakeProcess, {"a": "tap,offload=off"}, AT_BOOT),
        (FakeDomain, NETS, AT_BOOT),
        (FakeMachine, {}, "it has no network device"),
    ],
)
def test_some_captures_can_only_begin_with_the_machine(kind, nets, why, tmp_path):
    machine = kind(fake_image(tmp_path), nets=nets)
    assert machine.why_no_capture == why
    if why:
        with pytest.raises(UsageError):
            machine.start_capture(tmp_path / "x.pcap")
