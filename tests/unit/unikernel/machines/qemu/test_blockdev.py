"""The disks of QEMU's command line."""

import json

import pytest

from unikernel.errors import UsageError
from unikernel.machines.qemu import blockdev, slots
from unikernel.model.spec import Spec

TOLD = "werror=report,rerror=report"


def pairs(spec, descriptors=None):
    words = blockdev.devices(spec, descriptors)
    return list(zip(words[::2], words[1::2], strict=True))


def spec_of(**choices):
    blocks = {"journal": "/d/a.img", "base": "/d/a,,b.img,snapshot", "cow": "/d/c.qcow2,ro"}
    return Spec(blocks=blocks, **choices)


def test_files_are_inherited_and_nothing_is_probed():
    found = pairs(spec_of(), {"journal": (7,), "base": (8, 10), "cow": (9,)})
    assert [value for flag, value in found if flag == "-add-fd"] == [
        f"fd={number},set={number}" for number in (7, 8, 10, 9)
    ]
    nodes = [json.loads(value) for flag, value in found if flag == "-blockdev"]
    assert [(node["driver"], node["node-name"], node["read-only"]) for node in nodes] == [
        ("raw", "disk0", False),
        ("raw", "disk1", False),
        ("raw", "disk2", True),
    ]
    raw, snapshot, qcow2 = [node["file"] for node in nodes]
    options = {"discard": "unmap", "read-only": False}
    assert raw == {"driver": "file", "filename": "/dev/fdset/7", **options}
    assert (snapshot["driver"], snapshot["read-only"]) == ("qcow2", False)
    assert snapshot["file"]["filename"] == "/dev/fdset/10"
    base = {"driver": "file", "filename": "/dev/fdset/8", "discard": "unmap", "read-only": True}
    assert snapshot["backing"] == base
    assert (qcow2["driver"], qcow2["read-only"], qcow2["backing"]) == ("qcow2", True, None)


def test_a_device_without_a_disk_is_on_an_empty_file():
    spec = Spec(blocks={"later": "none", "read": "none,ro"})
    found = pairs(spec, {"later": (7,), "read": (8,)})
    later, read = [json.loads(value) for flag, value in found if flag == "-blockdev"]
    assert (later["file"]["filename"], later["read-only"]) == ("/dev/fdset/7", False)
    assert (read["file"]["filename"], read["read-only"]) == ("/dev/fdset/8", True)
    alone = json.loads(pairs(spec)[0][1])
    assert alone["file"] == {"driver": "null-co", "size": 0}


def test_a_command_by_itself_names_files():
    words = [value for _, value in pairs(spec_of())]
    assert json.loads(words[0])["file"]["filename"] == "/d/a.img"
    assert "file=/d/a,,b.img," in words[2]


@pytest.mark.parametrize(
    ("machine", "first"),
    [
        ("microvm", "virtio-blk-device,bus=virtio-mmio-bus.1"),
        ("q35", "virtio-blk-pci,addr=0x11"),
        ("pc", "virtio-blk-pci,addr=0x11"),
    ],
)
def test_disks_stand_behind_networks_in_their_order(machine, first):
    found = pairs(spec_of(machine=machine, nets={"service": "user"}))
    devices = [value for flag, value in found if flag == "-device"]
    assert devices[0] == f"{first},id=block0,drive=disk0,serial=journal,{TOLD}"
    assert [device.split("drive=")[1].split(",")[0] for device in devices] == [
        "disk0",
        "disk1",
        "disk2",
    ]


def test_a_serial_number_has_twenty_bytes():
    name = "a" * 30
    assert f"serial={'a' * 20}," in pairs(Spec(blocks={name: "1M"}))[-1][1]


@pytest.mark.parametrize(("machine", "room"), [("microvm", 7), ("q35", 15), ("pc", 15)])
def test_devices_are_counted_together(machine, room):
    blocks = {f"d{number}": "1M" for number in range(room - 1)}
    slots.check(Spec(machine=machine, nets={"a": "user"}, blocks=blocks))
    with pytest.raises(UsageError, match=f"room for {room}"):
        slots.check(Spec(machine=machine, nets={"a": "user", "b": "user"}, blocks=blocks))
