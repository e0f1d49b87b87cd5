"""Disks as values: their text forms, and which stands behind which device."""

from pathlib import Path

import pytest

from unikernel.errors import UsageError
from unikernel.model import directory
from unikernel.model.block import Block, assignment, parse, parse_size, size_text
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.devices import assign_disks
from unikernel.model.spec import Spec
from unikernel_toolchain.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64M", Block(size_bytes=64 << 20)),
        ("1GiB", Block(size_bytes=1 << 30)),
        ("512B", Block(size_bytes=512)),
        ("/d/disk.img", Block("/d/disk.img")),
        ("/d/disk.img,ro", Block("/d/disk.img", read_only=True)),
        ("/d/disk.img,snapshot", Block("/d/disk.img", snapshot=True)),
        ("/d/disk.img,size=64M", Block("/d/disk.img", 64 << 20)),
        ("/d/disk.qcow2", Block("/d/disk.qcow2", format="qcow2")),
        ("/d/odd,format=qcow2,snapshot", Block("/d/odd", snapshot=True, format="qcow2")),
        ("/d/disk.qcow2,format=raw", Block("/d/disk.qcow2", format="raw")),
        ("/d/a,,b=c 64M.img,ro", Block("/d/a,b=c 64M.img", read_only=True)),
        ("/d/,,,ro", Block("/d/,", read_only=True)),
        ("none", Block(empty=True)),
        ("none,ro", Block(empty=True, read_only=True)),
    ],
)
def test_disks_have_a_text_form(text, expected):
    assert parse(text) == expected
    assert parse(str(expected)) == expected


def test_a_files_name_is_as_a_shell_takes_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    assert parse("disk.img").file == str(tmp_path / "disk.img")
    assert parse("./64M").file == str(tmp_path / "64M")
    assert parse("./none").file == str(tmp_path / "none")
    assert parse("~/disk.img").file == "/home/me/disk.img"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no disk"),
        ("none,snapshot", "takes no option but ro"),
        ("none,size=1M", "takes no option but ro"),
        ("none,format=qcow2", "takes no option but ro"),
        (",ro", "names no disk"),
        ("64", "has a unit"),
        ("0M", "size or a file"),
        ("100B", "100 bytes"),
        ("2000T", "bytes"),
        ("disk.img,rw", "no option 'rw'"),
        ("disk.img,ro,snapshot", "no snapshot"),
        ("disk.img,ro=1", "takes no value"),
        ("disk.img,size=", "no size"),
        ("disk.img,size=0M", "no size"),
        ("disk.img,format=vmdk", "No format"),
        ("64M,ro", "made cannot be read-only"),
        ("64M,ro,size=1M", "made cannot be read-only"),
        ("64M,snapshot", "takes no option"),
        ("64M,size=64M", "takes no option"),
        ("100B,snapshot", "100 bytes"),
        ("0M,ro", "size or a file"),
        ("disk.img,size=1M,size=2M", "one size"),
        ("disk.img,ro,ro", "one ro"),
        ("a\0b", "file's name"),
        ("x" * 5000, "file's name"),
        ("disk.img,\x1b]0;title\x07", r"\^\[\]0;title\^G"),
    ],
)
def test_what_is_no_disk_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        parse(text)


def test_a_fresh_disk_takes_no_options():
    with pytest.raises(UsageError, match="cannot be read-only") as caught:
        Block(size_bytes=512, read_only=True)
    assert "FILE,ro" in caught.value.hint
    with pytest.raises(UsageError, match="fresh"):
        Block(size_bytes=512, snapshot=True)
    assert parse("./64M,ro").read_only


def test_a_device_has_one_disk():
    with pytest.raises(UsageError, match="'storage' is given twice"):
        assign_disks(("storage",), {"": parse("1M"), "storage": parse("2M")}, {})
    with pytest.raises(UsageError, match="'htdocs' is given twice"):
        directory.assign(("htdocs",), directory.parse_each({"": "/a", "htdocs": "/b"}))


@pytest.mark.parametrize(
    ("text", "device"), [("storage=64M", "storage"), ("64M", ""), ("/a=b/c.img", "")]
)
def test_a_flag_may_name_its_device(text, device):
    assert assignment(text)[0] == device


@pytest.mark.parametrize(
    ("size", "text"), [(512, "512B"), (1536, "1536B"), (1 << 20, "1M"), (3 << 29, "1536M")]
)
def test_sizes_are_said_whole(size, text):
    assert size_text(size) == text


@pytest.mark.parametrize("one", [Path("/d/x.img"), "/d/x.img", Block("/d/x.img")])
def test_a_spec_takes_texts_paths_and_values(one):
    assert Spec(blocks={"storage": one}).blocks == {"storage": Block("/d/x.img")}


@pytest.mark.parametrize("wrong", [64, None, b"64M", ["64M"]])
def test_a_spec_refuses_what_is_no_disk(wrong):
    with pytest.raises(UsageError, match="disk of 'storage'"):
        Spec(blocks={"storage": wrong})
    with pytest.raises(BadRequest, match="mapping"):
        Spec(blocks=wrong)


def test_devices_get_disks_in_the_order_of_their_declaration():
    chosen = {"b": parse("2M"), "": parse("1M")}
    assert list(assign_disks(("a", "b"), chosen, {}).items()) == [
        ("a", parse("1M")),
        ("b", parse("2M")),
    ]


def test_an_image_brings_disks_which_no_guest_changes():
    built = {"data": Path("/cache/data.img")}
    assert assign_disks(("data",), {}, built)["data"] == parse("/cache/data.img,snapshot")
    assert assign_disks(("data",), {"data": parse("1M")}, built)["data"] == parse("1M")


def test_a_device_without_a_disk_is_told_with_the_flag():
    with pytest.raises(UsageError, match="'storage', and no disk") as caught:
        assign_disks(("storage",), {}, {})
    assert "--block storage=64M" in caught.value.hint


def test_a_disk_without_a_device_is_refused():
    with pytest.raises(UsageError, match="no block device 'storages'") as caught:
        assign_disks(("storage",), {"storages": parse("1M")}, {})
    assert "'storage'" in caught.value.hint
    with pytest.raises(UsageError, match="no block device"):
        assign_disks((), {"": parse("1M")}, {})


def test_the_guest_learns_the_names_in_order():
    spec = Spec(blocks={"journal": "1M", "archive": "2M"})
    assert boot_parameters(spec) == "UNIKERNEL_BLOCK=journal,archive"
    assert boot_parameters(Spec()) == ""


def test_a_size_is_a_text_or_a_number():
    assert parse_size("64M") == parse_size(64 << 20) == 64 << 20
    for wrong in ("64", "", "large", 1000, 0, -512, True, 512.0, None):
        with pytest.raises(UsageError):
            parse_size(wrong)
