"""What becomes of machines whose KVM fails: a stand-in fails in KVM's place, TCG is real."""

import json
from pathlib import Path

import pytest
from support import fake_qemu
from support.guests import tiny_guest

from unikernel import images, machines, measure
from unikernel.frontends import notices
from unikernel.frontends.terminal import cli
from unikernel.machines import registry
from unikernel.machines.qemu import accelerator, hypervisor, resources
from unikernel.machines.qemu.accelerator import Accelerator
from unikernel.model.state import Cause, State
from unikernel.render import display

KVM_ERROR = "KVM internal error. Suberror: 1, emulation failure"
PATIENCE_S = 60

pytestmark = pytest.mark.boot


@pytest.fixture
def image(tmp_path):
    """A guest that says a line, once, and then waits for good."""
    return tiny_guest.image(tmp_path, tiny_guest.say("Hello.\n") + tiny_guest.LOOP)


@pytest.fixture
def kvm(tmp_path, monkeypatch):
    """A host with a KVM that misbehaves in the way named."""
    device = tmp_path / "kvm"
    device.write_bytes(b"")
    monkeypatch.setattr(accelerator, "KVM_DEVICE", device)
    monkeypatch.setattr(accelerator, "PROBE_TIME_S", 5.0)  # a loaded host starts Python slowly
    monkeypatch.setattr(accelerator, "_failed_here", "")
    monkeypatch.setattr(accelerator, "_record", lambda: tmp_path / "accelerator.json")
    monkeypatch.setattr(notices, "_shown", set())
    monkeypatch.setattr(notices, "_record", lambda: tmp_path / "notices.json")
    monkeypatch.setenv("REAL_QEMU", hypervisor.find())
    monkeypatch.setenv(hypervisor.OVERRIDE, str(fake_qemu.install(tmp_path)))

    def behaves(way):
        monkeypatch.setenv("FAKE_QEMU", way)

    yield behaves
    registry.stop_all()
    registry.clear()


def boot(image, **choices):
    return machines.boot(image, timeout_s=PATIENCE_S, **choices)


def test_a_kvm_that_works_is_taken(kvm):
    kvm("polite")
    assert accelerator.choose() == Accelerator("kvm", "a probe guest ran under it")


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("gives up", f"gave up on a probe guest: {KVM_ERROR}"),
        ("no kvm", "did not run a probe guest: failed to set MSR"),
        ("hang", "hung a guest for"),
    ],
)
def test_a_kvm_that_fails_the_probe_is_not_taken(kvm, image, monkeypatch, way, why):
    kvm(way)
    if way == "hang":
        monkeypatch.setattr(accelerator, "PROBE_TIME_S", 0.5)
    with boot(image) as vm:
        assert (vm.state, vm.accelerator) == (State.RUNNING, "tcg")
        assert why in vm.remark


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("gives up real guests", KVM_ERROR),
        ("gives up later", KVM_ERROR),
        ("ends", KVM_ERROR),
        ("does not answer", f"QEMU did not answer ({KVM_ERROR})"),
        ("no kvm for real guests", "failed to set MSR 0x10a to 0x69"),
    ],
)
def test_a_silent_guest_that_kvm_gives_up_is_booted_again_under_tcg(
    kvm, image, way, message, monkeypatch
):
    kvm(way)
    if way == "does not answer":
        monkeypatch.setattr(resources, "GREETING_TIME_S", 6.0)
    with boot(image, ports=()) as vm:
        vm.console.expect("Hello", timeout_s=PATIENCE_S)
        assert (vm.state, vm.accelerator, vm.exit) == (State.RUNNING, "tcg", None)
        assert "KVM gave up on a guest" in vm.remark
        assert message in vm.remark
        assert "Assertion" not in vm.remark
        assert "emulated" in display.state_text(vm)
        assert vm.timeline is not None, "its boot is timed from the second start"
    kept = json.loads(accelerator._record().read_text())
    assert kept["accelerator"]["name"] == "tcg"
    with boot(image, replace=True) as again:
        assert again.accelerator == "tcg"
        assert not again.moved


def test_one_that_waits_for_its_first_instruction_still_does_under_tcg(kvm, image):
    kvm("gives up later")
    with boot(image, paused=True) as vm:
        vm.console.expect("^$", timeout_s=PATIENCE_S)
        assert (vm.state, vm.accelerator) == (State.PAUSED, "tcg")
        vm.resume()
        vm.console.expect("Hello", timeout_s=PATIENCE_S)


@pytest.mark.parametrize("way", ["gives up after a line", "ends after a line"])
def test_a_guest_that_has_said_something_has_failed_with_the_hypervisors_words(kvm, image, way):
    kvm(way)
    vm = boot(image)
    ended = vm.wait(timeout_s=PATIENCE_S)
    assert (ended.cause, ended.message) == (Cause.GIVEN_UP, KVM_ERROR)
    assert vm.console.text == "a line\n"
    assert "paused" not in display.machine_text(vm)
    assert "boot" in display.machine_text(vm)
    assert accelerator.choose().name == "tcg", "the next boot is emulated"


def test_whoever_asks_for_kvm_is_told_how_it_failed(kvm, image):
    from unikernel.errors import BootFailed

    kvm("gives up real guests")
    with pytest.raises(BootFailed, match="emulation failure") as caught:
        boot(image, accelerator="kvm")
    assert "--accel tcg" in caught.value.hint
    assert "EAX" not in str(caught.value)
    assert registry.machines() == ()


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("loses its disk", "No space left on device"),
        ("watchdog", "watchdog expired"),
        ("something new", "frozen"),
    ],
)
def test_a_stop_that_nobody_asked_for_is_a_failure(kvm, image, way, message):
    kvm(way)
    vm = boot(image)
    ended = vm.wait(timeout_s=PATIENCE_S)
    assert ended.cause is Cause.GIVEN_UP
    assert message in ended.message
    assert accelerator.choose().name == "kvm", "KVM is not to blame"


def test_a_guest_that_is_being_saved_is_held(kvm, image):
    kvm("saves")
    with boot(image) as vm:
        assert (vm.state, vm.exit) == (State.PAUSED, None)


def test_a_measurement_goes_on_under_tcg(kvm, image):
    kvm("gives up real guests")
    rows = measure.boot(image, repeat=2, timeout_s=PATIENCE_S)
    assert {row.dimensions["accelerator"] for row in rows} == {"tcg"}
    assert accelerator._failed_here


def test_nothing_stays_of_the_first_try(kvm, image):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    kvm("gives up real guests")
    boot(image).stop()
    before = descriptors()
    accelerator._failed_here = ""
    accelerator._record().unlink()
    boot(image, replace=True).stop()
    assert descriptors() == before


def test_the_terminal_is_told_once(kvm, tmp_path, capfd, monkeypatch):
    kvm("gives up")
    code = tiny_guest.say("Hello.\n") + tiny_guest.leave(0)
    images.remember(tiny_guest.image(tmp_path, code))
    for _ in range(2):
        monkeypatch.setattr(notices, "_shown", set())  # each command is a process
        assert cli.main(["boot", "tiny"]) == 0
    assert capfd.readouterr().err.count("Guests run emulated (TCG)") == 1
