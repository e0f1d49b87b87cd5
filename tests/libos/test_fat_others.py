"""FAT, read and written by turns with programs that are not ours: mtools, mkfs.fat, fsck.fat."""

import os
import random

import pytest
from support import TESTS
from support.ocaml.file_trees import output, tree_of
from support.ocaml.programs import built

KIB, MIB = 1024, 1024 * 1024
FORMATS = {
    "FAT12": (2 * MIB, ()),
    "FAT12 of 1440 KiB": (1440 * KIB, ()),
    "FAT12, clusters of a sector": (1 * MIB, ("-s", "1")),
    "FAT16": (20 * MIB, ("-F", "16")),
    "FAT16, large sectors": (64 * MIB, ("-F", "16", "-S", "2048")),
    "FAT16, one table": (20 * MIB, ("-F", "16", "-f", "1")),
    "FAT32": (40 * MIB, ("-F", "32")),
    "FAT32, clusters of a sector": (40 * MIB, ("-F", "32", "-s", "1")),
    "FAT32, large clusters": (600 * MIB, ("-F", "32", "-s", "16")),
}


def mtools(*command):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1"}
    return output(*command, env=environment)


def tool(disk, *commands):
    words = [word for command in commands for word in (*command, ",")]
    return mtools(built(TESTS / "libos/tools/fat_tool.ml"), disk, *words)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with names of all kinds."""
    place, randomness = tmp_path / "folder", random.Random(1)
    (place / "sub/Deeper Down").mkdir(parents=True)
    for name, size in {
        "UPPER.TXT": 0,
        "lower.txt": 1,
        "Mixed name, long.text": 511,
        "sub/ünïcödé ☃": 512,
        "sub/Deeper Down/file.of.dots": 5000,
        "sub/large": 300_000,
        f"sub/{'n' * 200}": 77,
    }.items():
        (place / name).write_bytes(randomness.randbytes(size))
    for number in range(40):
        (place / f"sub/{number} of many").write_bytes(b"x" * number)
    return place


@pytest.fixture(params=FORMATS)
def disk(request, tmp_path):
    size, options = FORMATS[request.param]
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(size)
    mtools("mkfs.fat", *options, path)
    return path


def test_what_mtools_wrote_is_read(disk, folder):
    mtools("mcopy", "-s", "-Q", "-i", disk, *folder.iterdir(), "::")
    assert sorted(tool(disk, ("tree",)).splitlines()) == tree_of(folder)


def test_what_we_wrote_is_read(disk, folder, tmp_path):
    put(disk, folder)
    mtools("fsck.fat", "-n", disk)
    mtools("mcopy", "-s", "-n", "-i", disk, "::", tmp_path / "back")
    assert tree_of(tmp_path / "back") == tree_of(folder)


def put(disk, folder):
    tool(
        disk,
        *(
            ("mkdir", f"/{path.relative_to(folder)}")
            if path.is_dir()
            else ("put", f"/{path.relative_to(folder)}", path)
            for path in sorted(folder.rglob("*"))
        ),
    )


def test_by_turns(disk, folder, tmp_path):
    """Each writes over, lengthens and removes what the other wrote."""
    put(disk, folder)
    (folder / "added").write_bytes(b"a" * 9000)
    mtools("mcopy", "-i", disk, folder / "added", "::sub/added")
    mtools("mdel", "-i", disk, "::sub/large")
    mtools("mren", "-i", disk, "::sub/added", "::sub/renamed by mtools")
    mtools("fsck.fat", "-n", disk)
    tool(
        disk,
        ("put", "sub/renamed by mtools", folder / "added", "8000"),
        ("remove", "sub/0 of many"),
        ("remove", f"sub/{'n' * 200}"),
        ("put", "sub/new", folder / "added"),
    )
    mtools("fsck.fat", "-n", disk)
    mtools("mcopy", "-n", "-i", disk, "::sub/renamed by mtools", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"a" * 17000
    names = mtools("mdir", "-b", "-i", disk, "::sub")
    assert "0 of many" not in names.replace("10 of", "").replace("20 of", "").replace("30 of", "")
    assert "1 of many" in names
    assert "nnn" not in names


@pytest.mark.parametrize("size", [64 * KIB, 2 * MIB, 16 * MIB, 17 * MIB, 128 * MIB, 600 * MIB])
def test_what_we_formatted_is_sound(tmp_path, folder, size):
    disk = tmp_path / "own.img"
    mtools(built(TESTS / "libos/tools/fat_tool.ml"), disk, "format", size)
    mtools("fsck.fat", "-n", disk)
    if size >= 2 * MIB:
        put(disk, folder)
        mtools("fsck.fat", "-n", disk)
        mtools("mcopy", "-s", "-n", "-i", disk, "::", tmp_path / "back")
        assert tree_of(tmp_path / "back") == tree_of(folder)
