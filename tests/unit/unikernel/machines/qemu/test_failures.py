"""A hypervisor that misbehaves: tests/support/fake_qemu.py in its place."""

import os
import time
from pathlib import Path

import pytest
from support import fake_qemu
from support.guests import tiny_guest

from unikernel import machines
from unikernel.errors import BootFailed, HypervisorMissing, QmpError
from unikernel.machines import registry
from unikernel.machines.qemu import hypervisor
from unikernel.machines.qemu import resources as qemu
from unikernel.model.state import Cause, State


@pytest.fixture
def image(tmp_path):
    return tiny_guest.image(tmp_path, tiny_guest.LOOP)


@pytest.fixture
def fake(image, tmp_path, monkeypatch):
    """Boots under a fake QEMU that misbehaves in the way named."""
    monkeypatch.setenv(hypervisor.OVERRIDE, str(fake_qemu.install(tmp_path)))
    booted = []

    def boot(way, **choices):
        monkeypatch.setenv("FAKE_QEMU", way)
        choices = {"wait": "running", "accelerator": "tcg"} | choices
        booted.append(machines.boot(image, **choices))
        return booted[-1]

    yield boot
    for machine in booted:
        machine.stop()
    registry.clear()


def test_a_refusal_is_shown_with_the_command(fake):
    with pytest.raises(BootFailed) as caught:
        fake("refuse")
    assert "unsupported machine type" in caught.value.detail
    assert "fake-qemu -accel tcg -M microvm" in caught.value.detail
    assert registry.machines() == ()


def test_a_crash_before_the_guest_ran(fake):
    with pytest.raises(BootFailed, match="SIGSEGV"):
        fake("crash")


@pytest.mark.parametrize("way", ["hang", "garble"])
def test_a_hypervisor_that_does_not_answer_is_given_up_and_ended(fake, way, monkeypatch):
    monkeypatch.setattr(qemu, "GREETING_TIME_S", 0.5)
    with pytest.raises(BootFailed):
        fake(way)
    assert registry.machines() == ()


def test_one_that_ignores_quit_is_killed(fake):
    vm = fake("deaf")
    begun = time.monotonic()
    assert vm.stop(timeout_s=0.1).cause is Cause.STOPPED
    assert time.monotonic() - begun < 5


def test_one_that_goes_away_by_itself(fake):
    vm = fake("polite")
    assert vm.state is State.RUNNING
    with pytest.raises(QmpError, match="no such command"):
        vm.qmp("query-everything")
    assert vm.stop().cause is Cause.STOPPED


def test_failures_leave_nothing_behind(fake, image):
    def descriptors():
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    with pytest.raises(BootFailed):
        fake("refuse")
    before = descriptors()
    for _ in range(3):
        with pytest.raises(BootFailed):
            fake("refuse")
    assert descriptors() == before


def test_a_missing_hypervisor(image, monkeypatch):
    monkeypatch.delenv(hypervisor.OVERRIDE, raising=False)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(HypervisorMissing, match="qemu-system-x86_64"):
        machines.boot(image)
