"""Folders of the host as values: their text, and which an image is given."""

from pathlib import Path

import pytest

from unikernel.errors import UsageError
from unikernel.machines.process import directories
from unikernel.model import directory, targets
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.directory import Directory
from unikernel.model.spec import Spec


def test_text_there_and_back():
    for text in ("/data", "/data,ro", "/a,b", "/with blank"):
        assert str(directory.parse(text)) == text
    assert directory.parse("data") == Directory(str(Path("data").absolute()))
    assert directory.assignment("data=/x,ro") == ("data", Directory("/x", read_only=True))
    assert directory.assignment("/x") == ("", Directory("/x"))


@pytest.mark.parametrize("wrong", ["", "a\0b"])
def test_what_is_no_folder(wrong):
    with pytest.raises(UsageError):
        directory.parse(wrong)


def test_what_an_image_declares_is_given_in_its_order():
    a, b = Directory("/a"), Directory("/b")
    assert list(directory.assign(("x", "y"), {"y": b, "x": a}).items()) == [("x", a), ("y", b)]
    assert directory.assign(("x",), {"": a}) == {"x": a}
    assert directory.assign((), {"any": a}) == {"any": a}
    assert directory.assign((), {"": a}) == {"data": a}
    with pytest.raises(UsageError, match="'y', and none is named") as caught:
        directory.assign(("x", "y"), {"x": a})
    assert "--kv y=FOLDER" in caught.value.hint
    with pytest.raises(UsageError, match="no folder 'z'"):
        directory.assign(("x",), {"z": a})


def test_a_process_is_told_its_folders():
    spec = Spec(kv={"data": "/a", "state": Path("/b c"), "x": Directory("/x", read_only=True)})
    assert boot_parameters(spec) == "UNIKERNEL_KV=data,state,x"
    assert directories.variables(spec.kv, {"data": 7, "state": 9, "x": 8}) == {
        "UNIKERNEL_KV_0": "dir:7",
        "UNIKERNEL_KV_1": "dir:9",
        "UNIKERNEL_KV_2": "dir:8,ro",
    }
    assert directories.variables(spec.kv, first=4)["UNIKERNEL_KV_1"] == "dir:5"
    assert directories.redirections(spec.kv, first=4) == ["4</a", "5<'/b c'", "6</x"]


def test_machines_have_none():
    with pytest.raises(UsageError, match="no folders of the host"):
        targets.VIRTIO.check(Spec(kv={"data": "/a"}))
    targets.UNIX.check(Spec(kv={"data": "/a"}))
    with pytest.raises(UsageError):
        Spec(kv={"data": 3})
