"""`disk` and its changes of machines that run: what it does, says, and refuses."""

import os

import pytest
from support.fake_machine import FakeMachine, FakeProcess, fake_image

from unikernel.errors import DiskUnavailable, UnikernelError, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse, split
from unikernel.machines import registry
from unikernel.render.disk_facts import disk_text
from unikernel.render.display import machine_text
from unikernel_toolchain.errors import BadRequest


def run(line):
    return actions.run(Call(parse(split(line))))


def test_disks_of_a_running_machine_are_changed(tmp_path, only_these, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = fake_image(tmp_path)
    only_these([image], [FakeMachine(image, "vm", blocks={"a": "none"})])
    assert "vm       a             no disk" in str(run("disk ls"))
    assert str(run("disk attach vm:a disk.img,size=1M")) == "vm: a is on disk.img (1M, kept)."
    assert str(run("disk resize vm 2M")) == "vm: a has 2M."
    assert str(run("disk resize vm 1M --shrink")) == "vm: a has 1M."
    said = str(run("disk detach vm:a"))
    assert said.startswith("vm: a has no disk; it had disk.img (1M, kept), which has all")
    with pytest.raises(DiskUnavailable, match="has no disk"):
        run("disk detach vm:a")


@pytest.mark.parametrize(
    ("line", "advised"),
    [
        ("disk attach 'a child:a' 4M", "boot hello --name 'a child' --replace --block DEVICE=DISK"),
        ("reset 'a child'", "boot hello --name 'a child' --replace"),
        ("disk attach 'a vm:a' 4M", "disk detach 'a vm:a'"),
        ("disk attach 'a vm:a' none", "disk detach 'a vm:a'"),
        ("disk detach 'a vm:b'", "disk attach 'a vm:b' DISK"),
        ("disk ls 'a vm:b'", "disk attach 'a vm:b' DISK"),
        ("disk attach 'a vm:c' /d/x.img,snapshot", "/d/x.img,ro"),
        ("disk attach 'a vm:c' /d/x.img", "/d/x.img,ro"),
        ("disk attach 'a vm:c' 4M", "FILE,ro, a file"),
    ],
)
def test_what_is_advised_is_about_the_machine_that_is_meant(line, advised, tmp_path, only_these):
    image, disks = fake_image(tmp_path), {"a": "2M", "b": "none", "c": "none,ro"}
    known = (FakeMachine(image, "a vm", blocks=disks), FakeProcess(image, "a child", blocks=disks))
    only_these([image], known)
    with pytest.raises(UnikernelError) as caught:
        run(line)
    assert advised in caught.value.hint.splitlines()[0]


def test_a_file_that_was_removed_meanwhile_is_not_called_kept(tmp_path, only_these, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image, file = fake_image(tmp_path), tmp_path / "disk.img"
    vm = FakeMachine(image, "vm", blocks={"a": "disk.img"})
    only_these([image], [vm])
    with file.open("wb") as opened:
        monkeypatch.setattr(vm._side, "owner_pid", os.getpid())
        monkeypatch.setattr(vm._side, "disk_descriptors", {"a": [opened.fileno()]})
        assert "which has all" in str(run("disk detach vm:a"))
        vm.attach_disk("a", "disk.img")
        file.unlink()
        file.touch()  # another one of that name
        said = str(run("disk detach vm:a"))
    assert said == "vm: a has no disk; it had disk.img (its file was removed)."


def test_a_files_name_is_one_line(tmp_path, only_these):
    image = fake_image(tmp_path)
    only_these([image], [FakeMachine(image, "vm", blocks={"a": "none"})])
    name = "/d/x\n\x1b]0;y.img"
    machine = registry.machine("vm")
    disk = machine.attach_disk("a", name)
    for text in (disk_text(disk), machine_text(machine), str(run("disk detach vm:a"))):
        assert "/d/x^J^[]0;y.img" in text


def test_what_is_no_device_and_no_disk_is_named(tmp_path):
    machine = FakeMachine(fake_image(tmp_path), blocks={"a": "none"})
    for device in (5, None, b"a"):
        with pytest.raises(BadRequest, match="device"):
            machine.detach_disk(device)
    for disk in (5, None, "", {}):
        with pytest.raises(UsageError):
            machine.attach_disk("a", disk)
    with pytest.raises(UsageError, match="is no size"):
        machine.resize_disk("a", 1.5)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("disk attach vm:a", "MACHINE:DEVICE DISK"),
        ("disk detach", "MACHINE:DEVICE"),
        ("disk detach vm:a x", "MACHINE:DEVICE"),
        ("disk resize vm:a", "SIZE"),
        ("disk detach vm", "vm:a or vm:b"),
        ("disk detach vm:c", "no block device 'c'"),
        ("disk resize vm:a large", "is no size"),
        ("disk resize vm:a 1M", "--shrink"),
        ("disk attach child:a 4M", "--block DEVICE=DISK"),
        ("disk detach child:a", "it is a process"),
    ],
)
def test_changes_of_disks_that_make_no_sense(line, says, tmp_path, only_these):
    image, disks = fake_image(tmp_path), {"a": "2M", "b": "2M"}
    only_these(
        [image], [FakeMachine(image, "vm", blocks=disks), FakeProcess(image, "child", blocks=disks)]
    )
    with pytest.raises(UsageError) as caught:
        run(line)
    assert says in f"{caught.value.what} {caught.value.hint}"
