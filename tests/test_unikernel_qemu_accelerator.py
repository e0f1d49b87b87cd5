import json
from pathlib import Path

import pytest
from fake_qemu import install

from unikernel.errors import BootFailed, HypervisorMissing
from unikernel.qemu import accelerator, hypervisor, probe_kernel
from unikernel.qemu.accelerator import Accelerator, choose, probe


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


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

    def take(qemu):
        taken.append(qemu)
        return Accelerator("kvm", "a probe guest ran under it")

    monkeypatch.setattr(accelerator, "probe", take)
    return taken


def fake_qemu(tmp_path, script):
    program = tmp_path / "qemu"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_what_is_asked_for_is_given(kvm):
    assert choose("tcg").word == "tcg"
    assert choose("kvm").word == "kvm"


def test_without_a_device(monkeypatch):
    monkeypatch.setattr(accelerator, "KVM_DEVICE", Path("/nonexistent/kvm"))
    assert choose() == Accelerator("tcg", "there is no /nonexistent/kvm")
    with pytest.raises(BootFailed, match="there is no"):
        choose("kvm")


def test_the_answer_is_kept_for_this_boot_of_the_host(probes):
    assert [choose().word for _ in range(3)] == ["kvm"] * 3
    assert len(probes) == 1


def test_a_reboot_or_another_qemu_asks_again(probes, own_cache):
    choose()
    record = own_cache / "accelerator.json"
    for circumstance in ("boot", "qemu"):
        stored = json.loads(record.read_text())
        stored["circumstances"][circumstance] = "another"
        record.write_text(json.dumps(stored))
        choose()
    assert len(probes) == 3


@pytest.mark.parametrize("text", ["", "{broken", "[]", '{"circumstances": {}}'])
def test_a_damaged_record_asks_again(probes, own_cache, text):
    own_cache.mkdir()
    (own_cache / "accelerator.json").write_text(text)
    assert choose().word == "kvm"
    assert len(probes) == 1


def test_a_probe_that_ran(tmp_path):
    qemu = fake_qemu(tmp_path, f"exit {probe_kernel.EXIT_STATUS}")
    assert probe(qemu) == Accelerator("kvm", "a probe guest ran under it")


def test_a_probe_that_hangs_is_given_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(accelerator, "PROBE_TIME_S", 0.2)
    answer = probe(fake_qemu(tmp_path, "exec sleep 1000"))
    assert answer.word == "tcg"
    assert "hung" in answer.reason


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'qemu: error: failed to set MSR' >&2; exit 1", "failed to set MSR"),
        ("exit 0", "status 0"),
        ("kill -6 $$", "status -6"),
    ],
)
def test_a_probe_that_fails_says_why(tmp_path, script, words):
    answer = probe(fake_qemu(tmp_path, script))
    assert answer.word == "tcg"
    assert words in answer.reason


@pytest.mark.boot
def test_the_probe_kernel_runs_on_every_machine_type(tmp_path):
    import subprocess

    from unikernel.qemu.command_line import command
    from unikernel.spec import MACHINE_TYPES, Spec

    image = tmp_path / "probe"
    image.write_bytes(probe_kernel.elf())
    for machine in MACHINE_TYPES:
        words = command(hypervisor.find(), image, Spec(memory_mib=8, machine=machine), "tcg")
        ended = subprocess.run(words, stdin=subprocess.DEVNULL, timeout=60, check=False)
        assert ended.returncode == probe_kernel.EXIT_STATUS


@pytest.mark.boot
def test_on_this_host_the_choice_comes_within_two_seconds(own_cache):
    import time

    begun = time.monotonic()
    chosen = choose()
    assert time.monotonic() - begun < 4
    assert chosen.word in {"kvm", "tcg"}
    assert chosen.reason


def test_a_missing_hypervisor_says_what_to_install(monkeypatch):
    monkeypatch.delenv(hypervisor.OVERRIDE, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HypervisorMissing) as caught:
        hypervisor.find()
    assert hypervisor.PACKAGE in caught.value.hint


def test_an_override_that_is_no_program_is_named(monkeypatch):
    monkeypatch.setenv(hypervisor.OVERRIDE, "/nonexistent/qemu")
    with pytest.raises(HypervisorMissing, match="/nonexistent/qemu"):
        hypervisor.find()


def test_the_version_is_read_from_the_program(tmp_path):
    assert hypervisor.version(str(install(tmp_path))) == "9.9.9"
    assert hypervisor.version(fake_qemu(tmp_path, "echo nothing")) == "unknown"
