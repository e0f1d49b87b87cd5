"""The cache's folders and locks."""

import threading
from pathlib import Path

import pytest

from unikernel_toolchain import cache


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
    cache.write_whole(path, "old")
    cache.write_whole(path, "größe")
    assert path.read_text(encoding="utf-8") == "größe"
    assert list(path.parent.iterdir()) == [path]


def test_cleaning_an_empty_cache_frees_nothing():
    assert cache.clean() == 0


def test_cleaning_everything_takes_the_library_os_and_leaves_what_is_being_built(own_cache):
    (own_cache / "libos/abc/virtio").mkdir(parents=True)
    (own_cache / "libos/abc/virtio/file").write_bytes(b"x" * 100)
    (own_cache / "libos/def/virtio.new").mkdir(parents=True)
    (own_cache / "images/digest.new").mkdir(parents=True)
    assert cache.clean() == 0
    assert cache.clean(everything=True) == 100
    assert not (own_cache / "libos/abc").exists()
    assert (own_cache / "libos/def").exists()
    assert (own_cache / "images/digest.new").exists()
