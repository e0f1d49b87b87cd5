"""Nobody else writes to what builds leave in the cache."""

import os

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.store import cache, images


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def others_can_write(place):
    """Return what in a folder others can write to."""
    return [path for path in (place, *place.rglob("*")) if path.stat().st_mode & 0o022]


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_whatever_the_umask_nobody_else_can_write_to_the_cache(own_cache, umask):
    before = os.umask(umask)
    try:
        text = "int main(void) { return 0; }\n"
        image = build(Config("x", {"x.c": text}, target="unix", language="c"))
        with cache.locked("it"):
            pass
    finally:
        os.umask(before)
    assert image.path.is_file()
    assert others_can_write(own_cache) == []
    assert own_cache.stat().st_mode & 0o077 == 0


def test_an_image_that_others_can_write_to_is_not_used(own_cache):
    config = Config("x", {"x.c": "int main(void) { return 0; }\n"}, language="c")
    image = build(config)
    image.path.chmod(0o666)
    with pytest.raises(ImageInvalid, match="others can write to image"):
        images.check(image)
    again = build(config)
    assert (again.cached, again.path.stat().st_mode & 0o022) == (False, 0)
