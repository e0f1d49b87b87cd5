import pytest

from unikernel_toolchain.findlib import packages


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of packages of our own, and a cache that has no answers."""
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "a cache"))
    monkeypatch.setattr(packages, "_answers", {})
    folder = tmp_path / "packages"
    (folder / "group").mkdir(parents=True)
    return folder
