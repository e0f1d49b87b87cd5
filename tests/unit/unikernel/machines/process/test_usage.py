"""What of a process's reading and writing is known to be its networks', and its disks'."""

import os
from pathlib import Path

import pytest

from unikernel.host import process_counters
from unikernel.machines.process.usage import HIDDEN, MIXED, Moved, attributed
from unikernel.machines.usage import NO_DISK, NO_NETWORK
from unikernel.model.spec import Spec
from unikernel.networks.traffic import Traffic, total

MOVED = Moved(read_bytes=30, written_bytes=40)
COUNTED = Traffic(received_bytes=3, sent_bytes=4)
NET = {"nets": {"service": "user"}}
DISK = {"blocks": {"storage": "1M"}}


@pytest.mark.parametrize(
    ("devices", "counted", "moved", "network", "disk"),
    [
        ({}, None, MOVED, NO_NETWORK, NO_DISK),
        (NET, None, MOVED, (30, 40), NO_DISK),
        (NET, None, None, HIDDEN, NO_DISK),
        (NET, COUNTED, None, (3, 4), NO_DISK),
        (DISK, None, MOVED, NO_NETWORK, (30, 40)),
        (DISK, None, None, NO_NETWORK, HIDDEN),
        (NET | DISK, None, MOVED, MIXED, MIXED),
        (NET | DISK, COUNTED, MOVED, (3, 4), MIXED),
    ],
)
def test_only_what_is_certain_is_told(devices, counted, moved, network, disk):
    found = dict(attributed(Spec(**devices), counted, moved))
    unknown = found.pop("unknown")
    net = (found.get("received_bytes"), found.get("sent_bytes"))
    assert unknown.get("network", net) == network
    disks = (found.get("read_bytes"), found.get("written_bytes"))
    assert unknown.get("disk", disks) == disk


def test_a_sum_is_known_when_all_parts_are():
    assert total([COUNTED, Traffic(1, 1)]) == Traffic(4, 5)
    assert total([COUNTED, None]) is None
    assert total([]) is None


def test_linux_counts_this_process():
    pid = os.getpid()
    assert process_counters.cpu_s(pid) > 0
    assert process_counters.resident_bytes(pid) > 1 << 20
    before = process_counters.read_and_written_bytes(pid)
    with Path(os.devnull).open("wb") as nowhere:
        nowhere.write(b"x" * 1000)
    after = process_counters.read_and_written_bytes(pid)
    assert after[1] - before[1] >= 1000


def test_of_no_process_nothing_is_known():
    nobody = 1 << 22  # one more than the most there can be (proc(5), pid_max)
    assert process_counters.cpu_s(nobody) is None
    assert process_counters.resident_bytes(nobody) is None
    assert process_counters.read_and_written_bytes(nobody) is None
