import os
import shutil

import pytest
from support.own_cache import copy_library_os

from unikernel.frontends import doctor
from unikernel.frontends.doctor import Status, caching, examination
from unikernel.machines.process import probe
from unikernel.machines.qemu import accelerator, hypervisor
from unikernel.machines.qemu.accelerator import Accelerator
from unikernel.machines.xen.lab import inventory, needs
from unikernel_toolchain.store import cache, integrity


@pytest.fixture(autouse=True)
def no_probe(monkeypatch):
    monkeypatch.setattr(accelerator, "choose", lambda: Accelerator("tcg", "there is no /dev/kvm"))


def finding(examined, item):
    return next(one for one in examined.findings if one.item == item)


def test_a_whole_installation_is_healthy():
    examined = doctor.examine()
    assert examined.healthy
    assert "--install" not in str(examined) + examined._repr_html_()
    assert finding(examined, "ocamlopt").status is Status.OK


def test_tcg_is_a_warning_with_its_reason():
    found = finding(doctor.examine(), "accelerator")
    assert found.status is Status.WARN
    assert "there is no /dev/kvm" in found.fact


@pytest.mark.parametrize(
    ("variable", "item", "package"),
    [("OCAMLFIND", "ocamlfind", ""), ("MUSL", "musl", "musl-dev")],
)
def test_a_missing_tool_fails_with_what_to_do(variable, item, package, monkeypatch):
    monkeypatch.setenv(variable, "/nowhere")
    examination = doctor.examine()
    found = finding(examination, item)
    assert not examination.healthy
    assert found.status is Status.FAIL
    assert package in found.hint
    assert variable in found.hint or package
    for shown in (str(examination), examination._repr_html_()):
        assert "doctor --install" in shown


def test_headers_of_another_target_are_a_warning(monkeypatch, tmp_path):
    assert finding(doctor.examine(), "other targets").status is Status.OK
    monkeypatch.setenv("XEN_HEADERS", str(tmp_path))
    examination = doctor.examine()
    found = finding(examination, "other targets")
    assert examination.healthy
    assert found.status is Status.WARN
    assert "-t xen" in found.fact
    assert "libxen-dev" in found.hint


def test_missing_qemu_names_the_package(monkeypatch):
    monkeypatch.setattr(hypervisor.locate, "find", lambda _: None)
    found = finding(doctor.examine(), "QEMU")
    assert found.status is Status.FAIL
    assert "qemu-system-x86" in found.hint
    assert "-t unix" in found.hint


def test_processes_are_locked_in_or_one_is_told_why_not(monkeypatch):
    assert finding(doctor.examine(), "processes").status is Status.OK
    monkeypatch.setattr(probe, "run", lambda _: "seccomp refuses a filter")
    found = finding(doctor.examine(), "processes")
    assert found.status is Status.WARN
    assert "seccomp refuses" in found.fact
    assert "-t virtio" in found.hint


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(caching.os, "access", lambda *_: False)
    assert finding(doctor.examine(), "disk").status is Status.FAIL


def test_text_and_html_hold_every_finding():
    examined = doctor.examine()
    for found in examined.findings:
        assert found.item in str(examined)
        assert found.item in examined._repr_html_()


def test_a_package_that_brings_several_programs_is_named_once(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    hints = [found.hint for found in doctor.examine().findings if found.hint]
    assert any("binutils" in hint for hint in hints)
    assert len(hints) == len(set(hints))


def test_a_module_that_notebooks_need_is_named(monkeypatch):
    monkeypatch.setattr(examination, "find_spec", lambda name: name != "jupyterlab")
    found = finding(doctor.examine(), "jupyterlab")
    assert found.status is Status.WARN
    assert found.hint.endswith("pip install jupyterlab")


@pytest.fixture
def own_cache(image, tmp_path, monkeypatch):
    """A copy of the cache with a library OS and an image."""
    place = tmp_path / "cache"
    copy_library_os(place)
    shutil.copytree(image.path.parent, place / image.path.parent.relative_to(cache.root()))
    monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
    return place


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("programs in C", "libplatform.a"),
        ("library OS", "connect"),
        ("images", "debug.elf"),
        ("images", "log"),
    ],
)
def test_damage_in_the_cache_is_found(own_cache, item, name):
    assert finding(doctor.examine(), item).status is Status.OK
    (victim,) = own_cache.rglob(name)
    victim.write_bytes(b"damaged")
    found = finding(doctor.examine(), item)
    assert found.status is Status.WARN
    assert name in found.fact
    assert "build" in found.hint


@pytest.mark.parametrize("name", ["baseline", "nat"])
def test_damage_to_what_is_made_when_wanted_is_found(tmp_path, monkeypatch, name):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    part = tmp_path / name / "part"
    integrity.renew(part, "a part", lambda folder: (folder / "file").touch())
    assert finding(doctor.examine(), "other parts").status is Status.OK
    (part / "file").write_text("x")
    found = finding(doctor.examine(), "other parts")
    assert (found.status, str(part) in found.fact) == (Status.WARN, True)


@pytest.fixture
def lab_cache(tmp_path, monkeypatch):
    """A cache with a Xen lab that is two small files."""
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    folder = tmp_path / "xen" / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "memory").write_bytes(b"m" * 3_000_000)
    (folder / "state").write_bytes(b"state")
    integrity.seal(folder)
    integrity.remember(folder)
    return folder


def test_a_xen_lab_is_made_when_it_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    found = finding(doctor.examine(), "Xen lab")
    assert found.status is Status.OK
    assert found.fact.startswith("not made yet")
    assert "leaves some 200 MiB in the cache" in found.fact


def test_a_xen_lab_that_has_no_room_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(needs, "room_missing", lambda _: "takes some 200 MiB, and 3 MiB are free")
    found = finding(doctor.examine(), "Xen lab")
    assert (found.status, found.fact[:19]) == (Status.WARN, "not made yet: it ta")
    assert "UNIKERNEL_CACHE" in found.hint


def test_a_xen_lab_is_told_with_its_size(lab_cache):
    found = finding(doctor.examine(), "Xen lab")
    assert (found.status, found.fact[-16:]) == (Status.OK, "MiB in the cache")


def test_a_xen_lab_that_is_damaged_is_a_warning(lab_cache):
    os.truncate(lab_cache / "memory", 1)
    found = finding(doctor.examine(), "Xen lab")
    assert found.status is Status.WARN
    assert found.fact == "damaged: memory is 1 bytes, not 3,000,000 bytes"


def test_what_a_xen_lab_cannot_be_made_without_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(inventory, "_NEEDED", ("no-such-program", "sh"))
    found = finding(doctor.examine(), "Xen lab")
    assert found.status is Status.WARN
    assert found.fact == "cannot be made without no-such-program"
