"""The cache's folders and locks."""

import os
import threading
from pathlib import Path

import pytest

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.store import cache, integrity


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"UNIKERNEL_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/unikernel"),
        ({}, "/home/me/.cache/unikernel"),
        ({"UNIKERNEL_CACHE": ""}, "/home/me/.cache/unikernel"),
    ],
)
def test_where_the_cache_is(variables, expected, monkeypatch):
    for name in ("UNIKERNEL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache.root() == Path(expected)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_lock_is_held_by_one_at_a_time():
    order = []

    def second():
        with cache.locked("it"):
            order.append("second")

    with cache.locked("it"):
        other = threading.Thread(target=second)
        other.start()
        with cache.locked("another"):
            order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_a_new_folder_is_empty_and_goes(own_cache):
    place = own_cache / "images" / "x"
    (own_cache / "images" / "x.new" / "left").mkdir(parents=True)
    with cache.new_folder(place) as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert not folder.exists()
    with pytest.raises(RuntimeError), cache.new_folder(place) as folder:
        raise RuntimeError
    assert not folder.exists()


def test_a_file_is_replaced_as_a_whole(own_cache):
    path = own_cache / "names" / "x"
    cache.write_atomically(path, "old")
    cache.write_atomically(path, "größe")
    assert path.read_text(encoding="utf-8") == "größe"
    assert list(path.parent.iterdir()) == [path]


def test_cleaning_an_empty_cache_frees_nothing():
    assert cache.clean() == 0


def test_cleaning_everything_takes_the_library_os_and_leaves_what_is_being_built(own_cache):
    (own_cache / "libos/abc/virtio").mkdir(parents=True)
    (own_cache / "libos/abc/virtio/file").write_bytes(b"x" * 100)
    (own_cache / "libos/def/virtio.new").mkdir(parents=True)
    (own_cache / "images/digest.new").mkdir(parents=True)
    (own_cache / "baseline/abc").mkdir(parents=True)
    (own_cache / "baseline/abc/initrd").write_bytes(b"x" * 10)
    assert cache.clean() == 0
    assert cache.clean(everything=True) == 110
    assert not (own_cache / "libos/abc").exists()
    assert (own_cache / "libos/def").exists()
    assert (own_cache / "images/digest.new").exists()


def write():
    cache.write_atomically(cache.name_file("x"), "x")


def look():
    integrity.damage(cache.image_folder("x"))


@pytest.mark.parametrize("part", [".", "images"])
def test_a_folder_that_others_can_write_to_is_closed_and_that_is_said_once(own_cache, part, caplog):
    (own_cache / "images").mkdir(parents=True, mode=0o755)
    (own_cache / part).chmod(0o777)
    for _ in range(2):
        cache.check(own_cache / "images" / "x")
    assert (own_cache / part).stat().st_mode & 0o777 == 0o755
    assert len([each for each in caplog.records if "Others could write" in each.message]) == 1


@pytest.mark.parametrize("mode", [0, 0o022, 0o200, 0o455, 0o600])
def test_a_folder_that_its_owner_cannot_look_into_is_opened_and_that_is_said(
    own_cache, mode, caplog
):
    folder = own_cache / "images" / "x"
    cache.make_folder(folder)
    folder.chmod(mode)
    folder.parent.chmod(mode)
    cache.check(folder)
    for place in (folder, folder.parent):
        assert place.stat().st_mode & 0o722 == 0o700
        assert f"You could not look into {place}; now you can." in caplog.messages


def test_a_file_in_the_place_of_a_folder_is_left_as_it_is(own_cache, caplog):
    own_cache.write_text("somebody's")
    own_cache.chmod(0o640)
    with pytest.raises(ToolchainError):
        write()
    look()
    assert own_cache.stat().st_mode & 0o777 == 0o640
    assert caplog.messages == []


def test_what_is_discarded_is_opened_first(own_cache, monkeypatch):
    """Which root could do without."""
    folder, outside = own_cache / "images" / "x", own_cache / "outside"
    (folder / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    outside.chmod(0o500)
    (folder / "link").symlink_to(outside)
    for place in (folder / "a" / "b", folder / "a", folder):
        place.chmod(0)
    remove = cache.shutil.rmtree

    def look(folder, **options):
        modes = [place.stat().st_mode & 0o777 for place in (folder, folder / "a", folder / "a/b")]
        assert modes == [0o700] * 3
        remove(folder, **options)

    monkeypatch.setattr(cache.shutil, "rmtree", look)
    cache.discard(folder)
    assert not folder.exists()
    assert outside.stat().st_mode & 0o777 == 0o500


@pytest.mark.parametrize("ask", [write, look])
def test_a_cache_of_another_user_is_refused(own_cache, ask, monkeypatch):
    own_cache.mkdir(mode=0o755)
    monkeypatch.setattr(cache, "trusted", lambda: (os.getuid() + 1,))
    with pytest.raises(ToolchainError, match="belongs to another user") as caught:
        ask()
    assert "UNIKERNEL_CACHE" in caught.value.hint


def test_root_and_whoever_became_root_are_trusted(monkeypatch):
    monkeypatch.setenv("SUDO_UID", "1234")
    for user, expected in ((0, {0, 1234}), (1000, {0, 1000})):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert set(cache.trusted()) == expected


def test_a_folder_that_cannot_be_closed_is_refused(own_cache, monkeypatch):
    own_cache.mkdir()
    own_cache.chmod(0o777)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # a file system without permissions
    with pytest.raises(ToolchainError, match="Others can write to"):
        cache.write_atomically(cache.name_file("x"), "x")
