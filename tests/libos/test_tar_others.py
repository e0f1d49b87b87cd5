"""Archives of other programs, read through Tar_mirage: GNU tar, bsdtar, Python's tarfile."""

import io
import random
import tarfile

import pytest
from support import TESTS
from support.ocaml.file_trees import output, tree_of
from support.ocaml.programs import built

GNU = ("v7", "oldgnu", "gnu", "ustar", "posix")
LIBARCHIVE = ("ustar", "pax", "gnutar")
PYTHON = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def read(archive, sector_bytes=512):
    return output(built(TESTS / "libos/tools/tar_tool.ml"), archive, sector_bytes).splitlines()


@pytest.fixture
def folder(tmp_path):
    place, randomness = tmp_path / "folder", random.Random(1)
    (place / "sub/deeper").mkdir(parents=True)
    (place / "empty folder").mkdir()
    for name, size in {"a": 1, "sub/b": 512, "sub/deeper/c": 513, "empty": 0, "l": 70_000}.items():
        (place / name).write_bytes(randomness.randbytes(size))
    return place


@pytest.fixture
def long_names(folder):
    """Add names that only newer formats have room for."""
    deep = folder / ("d" * 120) / ("e" * 150)
    deep.mkdir(parents=True)
    (deep / ("f" * 200)).write_bytes(b"long")
    (folder / "ünïcödé ☃").write_bytes(b"x")
    return folder


def reads_the_same(archive, folder):
    for sector_bytes in (512, 4096):
        assert sorted(read(archive, sector_bytes)) == tree_of(folder)


@pytest.mark.parametrize("form", GNU)
def test_gnu_tar(tmp_path, folder, form):
    output("tar", "-C", folder, f"--format={form}", "-cf", tmp_path / "a.tar", ".")
    reads_the_same(tmp_path / "a.tar", folder)


@pytest.mark.parametrize("form", ["oldgnu", "gnu", "posix"])
def test_gnu_tars_long_names(tmp_path, long_names, form):
    output("tar", "-C", long_names, f"--format={form}", "-cf", tmp_path / "a.tar", ".")
    reads_the_same(tmp_path / "a.tar", long_names)


@pytest.mark.parametrize("form", LIBARCHIVE)
def test_bsdtar(tmp_path, folder, form):
    output("bsdtar", "-C", folder, f"--format={form}", "-cf", tmp_path / "a.tar", ".")
    reads_the_same(tmp_path / "a.tar", folder)


@pytest.mark.parametrize("form", ["pax", "gnutar"])
def test_bsdtars_long_names(tmp_path, long_names, form):
    output("bsdtar", "-C", long_names, f"--format={form}", "-cf", tmp_path / "a.tar", ".")
    reads_the_same(tmp_path / "a.tar", long_names)


@pytest.mark.parametrize("form", PYTHON)
def test_tarfile(tmp_path, folder, form):
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
        archive.add(folder, arcname=".")
    reads_the_same(tmp_path / "a.tar", folder)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tarfiles_long_names(tmp_path, long_names, form):
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
        archive.add(long_names, arcname="")
    reads_the_same(tmp_path / "a.tar", long_names)


@pytest.mark.parametrize("program", ["tar", "bsdtar"])
def test_links_are_followed_inside(tmp_path, folder, program):
    (folder / "hard").hardlink_to(folder / "sub/b")
    (folder / "sub/soft").symlink_to("../a")
    (folder / "soft to soft").symlink_to("sub/soft")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "ring").symlink_to("ring")
    (folder / "to folder").symlink_to("sub")
    output(program, "-C", folder, "-cf", tmp_path / "a.tar", ".")
    found = dict(
        line.rsplit(" ", 1)
        for line in read(tmp_path / "a.tar")
        if " is " not in line and line[-1] != "/"
    )
    assert found["/hard"] == found["/sub/b"]
    assert found["/sub/soft"] == found["/soft to soft"] == found["/a"]
    told = [line for line in read(tmp_path / "a.tar") if " is " in line]
    assert told == [
        "/out is a symbolic link to /etc/passwd",
        "/ring is a symbolic link to ring",
        "/to folder is a symbolic link to sub",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--format=gnu",),
        ("--format=posix", "--sparse-version=0.0"),
        ("--format=posix", "--sparse-version=0.1"),
        ("--format=posix", "--sparse-version=1.0"),
    ],
)
def test_sparse_files_are_said_to_be(tmp_path, folder, options):
    with (folder / "holes").open("wb") as file:
        for part in range(40):
            file.seek(part * 100_000)
            file.write(b"x" * 5000)
    output("tar", "-C", folder, "--sparse", *options, "-cf", tmp_path / "a.tar", ".")
    lines = read(tmp_path / "a.tar")
    assert [line for line in lines if line.startswith("/holes is a file with holes (sparse)")]
    (folder / "holes").unlink()
    assert sorted(line for line in lines if "holes" not in line) == tree_of(folder)


def test_the_last_of_several_counts(tmp_path, folder):
    archive = tmp_path / "a.tar"
    output("tar", "-C", folder, "-cf", archive, ".")
    (folder / "a").write_bytes(b"newer")
    output("tar", "-C", folder, "-rf", archive, "./a")
    reads_the_same(archive, folder)


def test_a_global_header_holds_for_all(tmp_path):
    """As git writes one, with a comment; here with an owner and a path that members override."""
    archive = tmp_path / "a.tar"
    with tarfile.open(
        archive, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "c", "uname": "ü"}
    ) as tar:
        for name in ("a", "b"):
            member = tarfile.TarInfo(name)
            member.size = 1
            tar.addfile(member, io.BytesIO(name.encode()))
    assert [line.split()[0] for line in read(archive)] == ["/a", "/b"]


def member(name, size, content=b"", kind=tarfile.REGTYPE):
    header = tarfile.TarInfo(name)
    header.size, header.type = size, kind
    padded = content + bytes(-len(content) % 512)
    return header.tobuf(tarfile.GNU_FORMAT) + padded


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive" * 100, "at byte 0 of the archive there is no header: this is no archive"),
        (member("a", 10_000, b"x"), "a is cut off"),
        (member("a", 1 << 62), "impossible size"),
        (member("L", 1 << 40, kind=b"L"), "longer than a megabyte"),
        (member("x", 10, b"99999 a=b\n", kind=b"x"), "the pax record at byte 0 is damaged"),
        (member("a", 1, b"x") + b"?" * 512, "at byte 1024 of the archive there is no header"),
        (member("L", 5000, b"n" * 5000, kind=b"L") + member("a", 0), "more than 4096 characters"),
    ],
)
def test_damaged_archives_are_told(tmp_path, content, words):
    (tmp_path / "a.tar").write_bytes(content)
    (said,) = read(tmp_path / "a.tar")
    assert words in said
