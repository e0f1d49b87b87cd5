"""Folders that become data of an image: what is read, and what is refused."""

import os

import pytest

from unikernel_toolchain.data import folder
from unikernel_toolchain.errors import BadRequest


def read(path, most_mib=1):
    return folder.read(path, most_mib=most_mib, into="an archive")


def test_all_is_read_in_the_order_of_bytes(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/z").write_bytes(b"1")
    (tmp_path / "b.txt").write_bytes(b"2")
    (tmp_path / "B").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"3")
    assert [(entry.path, entry.content) for entry in read(tmp_path)] == [
        (b".hidden", b"3"),
        (b"B", b""),
        (b"b", None),
        (b"b/z", b"1"),
        (b"b.txt", b"2"),
    ]


def test_links_inside_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"x")
    (tmp_path / "also").symlink_to("real")
    (tmp_path / "file").symlink_to(tmp_path / "real/file")
    entries = {entry.path: entry.content for entry in read(tmp_path)}
    assert entries[b"also/file"] == entries[b"file"] == b"x"


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert [entry.path for entry in read(tmp_path / "link")] == [b"file"]


def outward(path):
    (path / "link").symlink_to("/etc/passwd")


def beside(path):
    (path.parent / "data-of-others").mkdir()
    (path / "link").symlink_to("../data-of-others")


def circular(path):
    (path / "sub").mkdir()
    (path / "sub/up").symlink_to("..")


def socket(path):
    os.mkfifo(path / "pipe")


def large(path):
    (path / "large").write_bytes(bytes(1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (outward, "link that leads out of its folder, to /etc/passwd"),
        (beside, "leads out of its folder"),
        (circular, "leads back to a folder"),
        (socket, "pipe, to become part of an archive, is neither a file nor a folder"),
        (large, "more than 1 MiB"),
    ],
)
def test_what_is_refused(tmp_path, make, words):
    place = tmp_path / "data"
    place.mkdir()
    make(place)
    with pytest.raises(BadRequest, match=words):
        read(place)


def test_a_link_to_nowhere_is_named(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(folder.ToolchainError, match="link, to become part of an archive, cannot"):
        read(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(BadRequest, match="No such file"):
        read(tmp_path / "missing")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadRequest, match="is not a folder"):
        read(tmp_path / "file")


def test_a_date_that_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    with pytest.raises(BadRequest, match="'today'"):
        folder.date()
