import json
from pathlib import Path

import pytest
from support.fake_qemu import install
from support.guests import tiny_guest

from unikernel import programs
from unikernel.errors import BootFailed, HypervisorMissing
from unikernel.machines.qemu import accelerator, hypervisor, probe
from unikernel.machines.qemu.accelerator import Accelerator, ask, choose
from unikernel_toolchain.errors import ToolMissing

PASSED = Accelerator("kvm", "a probe guest ran under it")


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    """A record of this test's own, and a process in which KVM has not failed."""
    monkeypatch.setattr(accelerator, "_failed_here", "")
    monkeypatch.setattr(accelerator, "_record", lambda: tmp_path / "accelerator.json")
    return tmp_path / "accelerator.json"


@pytest.fixture
def kvm(tmp_path, monkeypatch):
    """A KVM device that can be opened; what guests do under it is up to the test."""
    device = tmp_path / "kvm"
    device.write_bytes(b"")
    monkeypatch.setattr(accelerator, "KVM_DEVICE", device)
    return device


@pytest.fixture
def probes(kvm, monkeypatch):
    """Counts probes, and gives their answer."""
    taken = []

    def take(qemu, image):
        taken.append(qemu)
        return PASSED

    monkeypatch.setattr(accelerator, "ask", take)
    return taken


def fake_qemu(tmp_path, script):
    program = tmp_path / "qemu"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_what_is_asked_for_is_given(kvm):
    assert choose("tcg").name == "tcg"
    assert choose("kvm").name == "kvm"


def test_without_a_device(monkeypatch):
    monkeypatch.setattr(accelerator, "KVM_DEVICE", Path("/nonexistent/kvm"))
    assert choose() == Accelerator("tcg", "there is no /nonexistent/kvm")
    with pytest.raises(BootFailed, match="there is no"):
        choose("kvm")


def test_a_device_of_others_names_the_group_that_may_open_it(kvm, monkeypatch):
    monkeypatch.setattr(accelerator.os, "access", lambda *_: False)
    kvm.chmod(0o660)
    name = accelerator.grp.getgrgid(kvm.stat().st_gid).gr_name
    assert choose().reason.endswith(f"(group {name} may)")
    kvm.chmod(0o600)
    assert choose().reason.endswith("by this user")


def test_the_answer_is_kept_for_this_boot_of_the_host(probes):
    assert [choose().name for _ in range(3)] == ["kvm"] * 3
    assert len(probes) == 1


def test_what_is_known_is_told_without_a_probe(probes):
    assert accelerator.known() is None
    choose()
    assert accelerator.known() == PASSED
    accelerator.distrust("it said so")
    assert accelerator.known().name == "tcg"
    assert len(probes) == 1


def test_without_a_device_it_is_known(monkeypatch):
    monkeypatch.setattr(accelerator, "KVM_DEVICE", Path("/nonexistent/kvm"))
    assert accelerator.known().name == "tcg"


def test_without_qemu_nothing_is_known(kvm, monkeypatch):
    monkeypatch.setenv(hypervisor.OVERRIDE, "/nonexistent/qemu")
    assert accelerator.known() is None


@pytest.mark.parametrize(
    ("known", "off"), [(PASSED, True), (Accelerator("tcg", "slow"), False), (None, False)]
)
def test_bytecode_of_initialisers_is_for_emulators(known, off, monkeypatch):
    """And where it is not known which it will be."""
    monkeypatch.setattr(accelerator, "known", lambda: known)
    config = programs.request("let () = ()", name="it")
    assert ("initialiser-bytecode" in config.without_passes) == off


def test_a_reboot_or_another_qemu_or_probe_asks_again(probes, own_record):
    choose()
    for condition in ("boot", "qemu", "probe"):
        stored = json.loads(own_record.read_text())
        stored["conditions"][condition] = "another"
        own_record.write_text(json.dumps(stored))
        choose()
    assert len(probes) == 4


def test_an_answer_of_the_probe_of_four_instructions_does_not_count(probes, own_record):
    choose()
    stored = json.loads(own_record.read_text())
    del stored["conditions"]["probe"]
    own_record.write_text(json.dumps(stored))
    choose()
    assert len(probes) == 2


def test_a_damaged_answer_does_not_count(probes, own_record):
    choose()
    own_record.write_text(own_record.read_text().replace('"name": "kvm"', '"name": "kvl"'))
    assert choose().name == "kvm"
    assert len(probes) == 2


def test_a_cache_that_cannot_be_written_only_costs_the_next_probe(probes, monkeypatch):
    monkeypatch.setattr(accelerator, "_record", lambda: Path("/proc/accelerator.json"))
    assert [choose().name for _ in range(2)] == ["kvm"] * 2
    assert len(probes) == 2


def test_without_a_compiler_guests_are_emulated_and_the_question_stays(kvm, monkeypatch, probes):
    def missing():
        raise ToolMissing("There is no gcc.")

    with monkeypatch.context() as context:
        context.setattr(probe, "image", missing)
        assert choose() == Accelerator("tcg", "no guest to probe KVM with: There is no gcc.")
    assert choose() == PASSED


def test_a_kvm_that_failed_is_not_trusted_again(probes, own_record, monkeypatch):
    assert choose() == PASSED
    instead = accelerator.distrust("internal error")
    assert instead.name == "tcg"
    assert accelerator.still(PASSED) == choose() == instead
    monkeypatch.setattr(accelerator, "_failed_here", "")  # as in another process
    assert choose() == instead
    assert choose("kvm").name == "kvm", "whoever asks for KVM gets it"
    assert len(probes) == 1


def test_a_remark_is_for_those_who_chose_nothing():
    assert "there is no /dev/kvm" in Accelerator("tcg", "there is no /dev/kvm").remark
    assert choose("tcg").remark == PASSED.remark == ""


@pytest.mark.parametrize("text", ["", "{broken", "[]", '{"conditions": {}}'])
def test_a_damaged_record_asks_again(probes, own_record, text):
    own_record.write_text(text)
    assert choose().name == "kvm"
    assert len(probes) == 1


def test_a_probe_that_ran(tmp_path):
    qemu = fake_qemu(tmp_path, f"exit {probe.EXIT_STATUS}")
    assert ask(qemu, Path("probe")) == PASSED


def test_a_probe_that_hangs_is_given_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(accelerator, "PROBE_TIME_S", 0.2)
    answer = ask(fake_qemu(tmp_path, "exec sleep 1000"), Path("probe"))
    assert answer.name == "tcg"
    assert "hung" in answer.reason


def test_a_probe_that_kvm_gives_up_says_so_without_registers(tmp_path, monkeypatch):
    monkeypatch.setattr(accelerator, "PROBE_TIME_S", 5.0)  # a loaded host starts Python slowly
    monkeypatch.setenv("FAKE_QEMU", "gives up")
    answer = ask(str(install(tmp_path)), Path("probe"))
    assert answer.name == "tcg"
    assert answer.reason == (
        "KVM gave up on a probe guest: KVM internal error. Suberror: 1, emulation failure"
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'qemu: error: failed to set MSR' >&2; exit 1", "failed to set MSR"),
        ("exit 0", "status 0"),
        ("kill -6 $$", "status -6"),
    ],
)
def test_a_probe_that_fails_says_why(tmp_path, script, message):
    answer = ask(fake_qemu(tmp_path, script), Path("probe"))
    assert answer.name == "tcg"
    assert message in answer.reason


@pytest.mark.boot
def test_the_probe_passes_where_guests_run():
    assert probe.why_not(hypervisor.find(), probe.image(), "tcg", 60) == ""


@pytest.mark.boot
def test_a_probe_that_finds_something_missing_does_not_pass(tmp_path):
    image = tiny_guest.image(tmp_path, tiny_guest.leave(2))  # as probe.c when no timer fires
    assert "status 5" in probe.why_not(hypervisor.find(), image.path, "tcg", 60)


@pytest.mark.boot
def test_on_this_host_there_is_a_choice_with_a_reason():
    chosen = choose()
    assert chosen.name in {"kvm", "tcg"}
    assert chosen.reason


def test_a_missing_hypervisor_says_what_to_install(monkeypatch):
    monkeypatch.delenv(hypervisor.OVERRIDE, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HypervisorMissing) as caught:
        hypervisor.find()
    assert "qemu-system-x86" in caught.value.hint


def test_an_override_that_is_no_program_is_named(monkeypatch):
    monkeypatch.setenv(hypervisor.OVERRIDE, "/nonexistent/qemu")
    with pytest.raises(HypervisorMissing, match="/nonexistent/qemu"):
        hypervisor.find()


def test_the_version_is_read_from_the_program(tmp_path):
    assert hypervisor.version(str(install(tmp_path))) == "9.9.9"
    assert hypervisor.version(fake_qemu(tmp_path, "echo nothing")) == "unknown"
