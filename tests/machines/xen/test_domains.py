"""Machines that are domains of the Xen lab: several in one, of this process and of others."""

import os
import signal
import time

import pytest
from support.guests.guest_programs import build

from unikernel import machines
from unikernel.errors import BootFailed, Dom0Refused, HypervisorLost, UsageError
from unikernel.machines import attach
from unikernel.machines.xen.lab import lab
from unikernel.model.boot_phases import DOMAIN_PHASES, RESTART
from unikernel.model.state import Cause, State

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]

PATIENCE_S = 60
CHOICES = {"wait": "line", "timeout_s": PATIENCE_S}


@pytest.fixture(scope="module")
def image():
    return build("c_idle", "xen")


@pytest.fixture
def booted(image):
    with machines.boot(image, name="a guest", **CHOICES) as vm:
        yield vm


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_boot_has_its_phases_and_a_reset_another(booted):
    until(lambda: len(booted.timeline.phases) > 1)
    names = [phase.name for phase in booted.timeline.phases]
    assert names == [name for name in DOMAIN_PHASES if name in names]
    assert {"devices", "toolstack", "domain start", "base"} <= set(names)
    pid = booted.pid
    booted.reset()
    booted.console.expect("ready", timeout_s=PATIENCE_S)
    until(lambda: booted.timeline)
    until(lambda: booted.timeline.phases[0].name == RESTART)
    assert (booted.pid, booted.state) == (pid, State.RUNNING)


def test_xl_asks_the_domains_own_dom0(booted):
    assert "\na-guest " in booted.xl("list")
    assert "unikernel-trace" in booted.xl("xenstore-ls", "/local/domain")
    assert booted.qmp("query-status")["running"]
    with pytest.raises(Dom0Refused) as refused:
        booted.xl("lisst")
    assert refused.value.hint == "Did you mean 'list'?"
    with pytest.raises(UsageError, match="wants a terminal"):
        booted.xl("console", "a-guest")


def test_what_xl_does_to_a_domain_is_seen(booted):
    booted.xl("pause", "a-guest")
    assert booted.state is State.PAUSED
    booted.resume()
    booted.xl("destroy", "a-guest")
    ended = booted.wait(PATIENCE_S)
    assert (ended.cause, ended.message) == (Cause.LOST, "its domain was destroyed")


def test_another_process_s_domain_is_driven_through_it(image):
    with machines.detach(image, name="afar", **CHOICES) as vm:
        _drive(vm)
        assert vm.stop().cause is Cause.STOPPED
    vm.forget()
    until(lambda: not attach.named("afar"))


def _drive(vm):
    assert vm.owner_pid != os.getpid()
    vm.pause()
    assert vm.state is State.PAUSED
    vm.resume()
    assert "\nafar " in vm.xl("list")
    vm.reset()
    vm.console.write("t")
    vm.console.expect(r"1: monotonic \d+", timeout_s=PATIENCE_S)
    with pytest.raises(Dom0Refused):
        vm.xl("lisst")


def test_a_stop_leaves_the_labs_other_domains(image, booted):
    with machines.boot(image, name="other", **CHOICES) as other:
        assert other.pid == booted.pid
        other.stop()
    booted.console.write("t")
    booted.console.expect(r"1: monotonic \d+", timeout_s=PATIENCE_S)


def test_what_is_too_large_is_told_with_what_is_free(image, booted):
    with pytest.raises(BootFailed, match=r"a domain of 4096 MiB: Xen has \d+ MiB left"):
        machines.boot(image, name="large", memory_mib=4096)
    assert booted.state is State.RUNNING


def test_a_lab_that_is_killed_loses_its_domains_and_another_takes_its_place(image, booted):
    os.kill(booted.pid, signal.SIGKILL)
    ended = booted.wait(PATIENCE_S)
    assert ended.cause is Cause.LOST
    assert ended.message == "QEMU was killed by SIGKILL, and Xen in it"
    with pytest.raises(HypervisorLost):
        booted.pause()
    with machines.boot(image, name="next", **CHOICES) as vm:
        assert vm.state is State.RUNNING


def test_a_lab_ends_when_it_is_asked_to(image):
    with machines.boot(image, name="next", **CHOICES) as vm:
        lab.close_shared()
        assert vm.wait(PATIENCE_S).cause is Cause.LOST
