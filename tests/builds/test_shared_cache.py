"""What an administrator built for everybody: used where it lies, and written to by nobody."""

import shutil

import pytest
from support.own_cache import copy_library_os

from unikernel.frontends import doctor
from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.store import cache
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate

TICKS = "let start () = if Mclock.elapsed_ns () > 0L then print_endline {|it ticks|}"


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """The shared cache, with the library OS of virtio, and one's own, which is empty."""
    others, own = tmp_path / "others", tmp_path / "own"
    copy_library_os(others)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(own))
    monkeypatch.setenv("UNIKERNEL_SHARED_CACHE", str(others))
    return others, own


def program(name, *packages):
    return Config(name, {"cell.ml": TICKS}, packages=packages)


def seen(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def folder():
    return library_os.expected(load("virtio"), locate()).folder


def test_what_is_there_is_used_and_what_is_not_is_built_in_ones_own(caches):
    others, own = caches
    before = seen(others)
    image = build(program("ticks", "mirage-clock-freestanding"))
    assert image.path.is_relative_to(own)
    assert folder().is_relative_to(others)
    manifests = [path.parent for path in own.glob("libos/**/manifest.json")]
    packages = {path.name for path in manifests}
    assert "mirage-clock-freestanding" in packages
    assert all({"packages", "weakened"} & set(path.parts) for path in manifests)
    assert seen(others) == before


def test_its_packages_are_used_too(caches, monkeypatch):
    others, own = caches
    wanted = program("ticks", "mirage-clock-freestanding")
    with monkeypatch.context() as administrator:
        administrator.delenv("UNIKERNEL_SHARED_CACHE")
        administrator.setenv("UNIKERNEL_CACHE", str(others))
        build(wanted)
    build(wanted)
    assert not list(own.glob("libos/**/manifest.json"))


def test_what_is_damaged_there_is_not_used(caches):
    others, own = caches
    archive = folder() / "libruntime.a"
    assert archive.is_relative_to(others)
    archive.write_bytes(b"damaged")
    assert folder().is_relative_to(own)


def test_what_is_ones_own_comes_first(caches):
    others, own = caches
    shutil.copytree(others, own)
    assert folder().is_relative_to(own)


def test_one_that_anybody_can_write_to_is_refused(caches, monkeypatch):
    others, _ = caches
    others.chmod(0o777)
    monkeypatch.setattr(cache.Path, "chmod", lambda *_: None)  # as another user's
    with pytest.raises(ToolchainError, match="Others can write to"):
        build(program("ticks"))


def test_one_that_is_not_there_is_no_hindrance(caches, monkeypatch, tmp_path):
    monkeypatch.setenv("UNIKERNEL_SHARED_CACHE", str(tmp_path / "nowhere"))
    assert folder().is_relative_to(caches[1])


def told():
    """What `doctor` says of the shared cache, and of where the library OS is."""
    facts = {one.item: one.fact for one in doctor.examine().findings}
    return facts["shared cache"], facts["library OS"]


def test_doctor_says_whether_it_is_used_and_why_not(caches, monkeypatch, tmp_path):
    others, _ = caches
    assert told() == (f"the library OS is read from {others}", f"built, in {others}")
    (folder() / "libruntime.a").write_bytes(b"damaged")
    assert "is passed over" in told()[0]
    assert "libruntime.a" in told()[0]
    monkeypatch.setenv("UNIKERNEL_SHARED_CACHE", str(tmp_path / "nowhere"))
    assert "has no library OS of this release" in told()[0]
    monkeypatch.delenv("UNIKERNEL_SHARED_CACHE")
    assert told()[0].startswith("none: UNIKERNEL_SHARED_CACHE")
