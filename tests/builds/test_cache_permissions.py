"""Nobody else writes to what builds leave in the cache."""

import os

import pytest
from support.own_cache import copy_library_os

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.store import cache, images

CONFIG = Config("x", {"x.c": "int main(void) { return 0; }\n"}, language="c")


@pytest.fixture
def new_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache that has the library OS."""
    copy_library_os(tmp_path / "cache")
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def others_can_write(place):
    """Return what in a folder others can write to."""
    return [path for path in (place, *place.rglob("*")) if path.stat().st_mode & 0o022]


def built_under(umask):
    before = os.umask(umask)
    try:
        image = build(CONFIG)
        with cache.locked("it"):
            pass
    finally:
        os.umask(before)
    return image


def test_without_a_umask_nobody_else_can_write_to_the_cache(new_cache):
    """Nor to the library OS that is built into it."""
    assert built_under(0o000).path.is_file()
    assert others_can_write(new_cache) == []
    assert new_cache.stat().st_mode & 0o077 == 0


def test_under_the_strictest_umask_an_image_is_built(own_cache):
    assert built_under(0o077).path.is_file()
    assert others_can_write(own_cache) == []


def test_an_image_that_others_can_write_to_is_not_used(own_cache):
    image = build(CONFIG)
    image.path.chmod(0o666)
    with pytest.raises(ImageInvalid, match="others can write to image"):
        images.check(image)
    again = build(CONFIG)
    assert (again.cached, again.path.stat().st_mode & 0o022) == (False, 0)
