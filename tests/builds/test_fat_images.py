"""FAT file systems made from folders, by mtools."""

import os
import subprocess

import pytest

from unikernel_toolchain.data import fat
from unikernel_toolchain.errors import BadRequest


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "folder"
    place.mkdir()
    (place / "lower.txt").write_bytes(b"a" * 5000)
    (place / "A long name with ünïcödé.text").write_bytes(b"b")
    (place / "sub/deeper").mkdir(parents=True)
    (place / "sub/deeper/file").write_bytes(b"")
    (place / ".hidden").write_bytes(b"")
    return place


def on(tmp_path, image):
    disk = tmp_path / "disk.img"
    disk.write_bytes(image)
    return disk


def output(*command):
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env=environment
    ).stdout


def test_what_is_in_it(tmp_path, folder):
    disk = on(tmp_path, fat.image(folder, "*"))
    output("fsck.fat", "-n", disk)
    output("mcopy", "-s", "-i", disk, "::", tmp_path / "back")
    (folder / ".hidden").unlink()
    output("diff", "-r", folder, tmp_path / "back")


def test_it_knows_no_dates(folder):
    first = fat.image(folder, "*")
    os.utime(folder / "lower.txt", (1_000_000_000, 1_000_000_000))
    assert fat.image(folder, "*") == first


def test_a_pattern_is_for_what_is_right_in_the_folder(tmp_path, folder):
    disk = on(tmp_path, fat.image(folder, "*.text"))
    assert output("mdir", "-b", "-i", disk, "::").split("/")[-1].strip() == (
        "A long name with ünïcödé.text"
    )
    assert "file" in output("mdir", "-/", "-b", "-i", on(tmp_path, fat.image(folder, "s*")), "::")


def test_there_is_room(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(800):  # mtools looks for short aliases one by one: these differ early
        (folder / f"{number} is the name, of some length, of this file").write_bytes(b"x")
    disk = on(tmp_path, fat.image(tmp_path, "many"))
    assert len(output("mdir", "-b", "-i", disk, "::many").splitlines()) == 800


@pytest.mark.parametrize(
    ("name", "words"),
    [("a:b", "no name for a FAT"), ("dot.", "no name for a FAT"), ("LOWER.TXT", "in case alone")],
)
def test_names_that_fat_has_no_room_for(folder, name, words):
    (folder / name).write_bytes(b"")
    with pytest.raises(BadRequest, match=words):
        fat.image(folder, "*")


def test_an_empty_one(tmp_path, folder):
    output("fsck.fat", "-n", on(tmp_path, fat.image(folder, "nothing*")))
