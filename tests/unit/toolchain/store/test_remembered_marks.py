"""Marks that outlast a process: what was whole is not read again, what was touched is."""

import os

import pytest

from unikernel_toolchain.store import integrity


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A sealed folder as another process finds it."""
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(integrity, "_verified", {})
    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "large").write_bytes(b"contents")
    integrity.seal(folder)
    integrity.remember(folder)
    return folder


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are read."""
    read = []
    compare = integrity._compare
    monkeypatch.setattr(
        integrity, "_compare", lambda path, *more: (read.append(path.name), compare(path, *more))
    )
    return read


def test_what_is_as_it_was_is_not_read(folder, read):
    assert integrity.damage_as_remembered(folder) == ""
    assert read == []
    (folder / integrity.MARKS).unlink()
    integrity._verified.clear()
    assert integrity.damage_as_remembered(folder) == ""
    assert read == ["large"]
    integrity._verified.clear()
    assert integrity.damage_as_remembered(folder) == ""
    assert read == ["large"]


def flip(folder):
    (folder / "large").write_bytes(b"CONTENTS")
    os.utime(folder / "large", ns=(1, 1))


def hide(folder):
    """Leave a file out of what is remembered, and change it."""
    marks = integrity.read_record(folder / integrity.MARKS)
    integrity.write_record(folder / integrity.MARKS, {"manifest.json": marks["manifest.json"]})
    flip(folder)


@pytest.mark.parametrize("harm", [flip, hide])
def test_what_was_touched_is_read(folder, read, harm):
    harm(folder)
    assert integrity.damage_as_remembered(folder) == "large has other contents than were written"
    assert read == ["large"]


@pytest.mark.parametrize("marks", ["", "no record", "[]", "null"])
def test_marks_that_make_no_sense_are_none(folder, read, marks):
    (folder / integrity.MARKS).write_text(marks)
    assert integrity.damage_as_remembered(folder) == ""
    assert read == ["large"]


def test_a_file_that_is_gone_is_missed(folder):
    (folder / "large").unlink()
    assert integrity.damage_as_remembered(folder) == "large is missing"
