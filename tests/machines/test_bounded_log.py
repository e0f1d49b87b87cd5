"""What a guest makes its hypervisor write is bounded, in memory and on the disk."""

import os
import shutil

import pytest
from support.guests import tiny_guest, tiny_process

from unikernel import machines
from unikernel.host import bounded_log, run_folder
from unikernel.host.bounded_log import KEPT_BYTES, BoundedLog
from unikernel.machines import registry
from unikernel.machines.qemu import hypervisor

FLOOD_MIB = 20


@pytest.fixture(params=[1, 7, 4096, 1 << 20])
def pieces(request, monkeypatch):
    """How many bytes come at once, and a log so small that one byte at a time is enough."""
    if request.param < 4096:
        monkeypatch.setattr(bounded_log, "KEPT_BYTES", 64)
        monkeypatch.setattr(bounded_log, "_FILE_BYTES", 256)
    return request.param


def feed(log, data, size):
    for at in range(0, len(data), size):
        log.add(data[at : at + size])


def test_what_is_short_is_kept_whole(tmp_path, pieces):
    log = BoundedLog(tmp_path / "log")
    data = os.urandom(2 * bounded_log.KEPT_BYTES)
    feed(log, data, pieces)
    assert log.contents() == data
    assert (tmp_path / "log").read_bytes() == data
    log.close()
    assert (tmp_path / "log").read_bytes() == data


def test_of_what_is_long_the_beginning_and_the_end_are_kept(tmp_path, pieces):
    log = BoundedLog(tmp_path / "log")
    kept = bounded_log.KEPT_BYTES
    data = os.urandom(kept) + bytes(20 * kept) + os.urandom(kept)
    largest = 0
    for at in range(0, len(data), pieces):
        log.add(data[at : at + pieces])
        largest = max(largest, (tmp_path / "log").stat().st_size)
    mark = f"\n[{20 * kept:,} bytes left out]\n".encode()
    assert log.contents() == data[:kept] + mark + data[-kept:]
    assert largest <= bounded_log._FILE_BYTES + len(mark)
    log.close()
    log.close()
    assert (tmp_path / "log").read_bytes() == log.contents()


def test_a_full_disk_stops_nothing():
    log = BoundedLog()
    log._file = open("/dev/full", "wb", buffering=0)  # noqa: PTH123, SIM115
    feed(log, bytes(10 * KEPT_BYTES), 1 << 16)
    assert len(log.contents()) < 3 * KEPT_BYTES
    log.close()


@pytest.fixture
def complaining(tmp_path, monkeypatch):
    """A QEMU that complains a lot before it runs."""
    program = tmp_path / "qemu"
    program.write_text(
        "#!/bin/sh\n"
        f"[ $# -le 5 ] || head -c {FLOOD_MIB}M /dev/zero | tr '\\0' x >&2\n"
        f'exec {shutil.which(hypervisor.PROGRAM)} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv(hypervisor.OVERRIDE, str(program))


@pytest.mark.boot
def test_complaints_of_a_hypervisor_are_bounded(complaining, tmp_path):
    image = tiny_guest.image(tmp_path, tiny_guest.say("ready\n") + tiny_guest.LOOP)
    with machines.boot(image, wait="line", timeout_s=60) as machine:
        machine.console.expect("ready", timeout_s=60)
        log = run_folder.runtime_folder() / machine.folder_name / "errors.log"
        assert 0 < log.stat().st_size <= 5 * KEPT_BYTES
    assert 0 < len(machine._side.resources.errors) <= 3 * KEPT_BYTES
    assert "bytes left out" in machine._side.resources.errors
    registry.clear()


@pytest.mark.boot
def test_complaints_of_a_process_are_bounded(tmp_path):
    data = "complaint " * 6
    flood = f'for (int i = 0; i < 300000; i++) out(2, "{data}", {len(data)});'
    image = tiny_process.image(tmp_path, flood + tiny_process.say("ready\n") + tiny_process.LOOP)
    with machines.boot(image, wait="running", timeout_s=60) as machine:
        machine.console.expect("ready", timeout_s=60)
        log = run_folder.runtime_folder() / machine.folder_name / "errors.log"
        assert 0 < log.stat().st_size <= 5 * KEPT_BYTES
    assert 0 < len(machine._side.resources.errors) <= 3 * KEPT_BYTES
    registry.clear()
