"""Devices: names, the Solo5 manifest of C programs, what an image declares."""

import struct

import pytest

from unikernel_toolchain import Config, build, remembered
from unikernel_toolchain.binary.elf import PT_NOTE, read
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.device import Device, block_devices, network_devices
from unikernel_toolchain.planning.manifest import manifest_source

C = "int main(void) { return 0; }"
OWN_MANIFEST = manifest_source(network_devices(("mine",))) + C
SERVES = "let start stack = Stack.listen stack"


def c(text=C, **choices):
    return Config("c program", {"cell.c": text}, language="c", **choices)


def ocaml(text=SERVES, **choices):
    return Config("ocaml program", {"cell.ml": text}, **choices)


@pytest.mark.parametrize("name", ["", "has space", "under_score", "é", "x" * 68, "a,b"])
def test_a_device_has_a_name_of_letters_and_digits(name):
    with pytest.raises(BadRequest, match="cannot name a device"):
        c(devices=network_devices((name,)))


def test_devices_have_a_kind_there_is():
    with pytest.raises(BadRequest, match="No kind of device is 'fax'; there are: net, block"):
        c(devices=(Device("fax", "service"),))


def test_a_device_name_has_67_characters_at_most():
    assert c(devices=network_devices(["x" * 67])).devices == (Device("net", "x" * 67),)


def test_two_devices_have_two_names():
    with pytest.raises(BadRequest, match="'service'; each has a name of its own"):
        ocaml(devices=network_devices(("service", "service")))


def test_a_manifest_has_63_devices_at_most():
    with pytest.raises(BadRequest, match="at most 63 devices; 64 are named"):
        c(devices=network_devices(f"net{n}" for n in range(64)))


@pytest.mark.parametrize("nets", [(), ("service",), ("service", "management")])
def test_a_c_image_has_the_networks_declared(nets):
    image = build(c(devices=network_devices(nets)))
    assert image.nets == nets
    assert image.devices == network_devices(nets)
    assert remembered(image.name).nets == nets


def test_a_program_of_c_names_devices_as_it_likes():
    text = manifest_source((Device("net", "eth_0"),)) + C
    assert build(c(text)).nets == ("eth_0",)


def test_a_c_program_may_bring_its_own_manifest():
    assert build(c(OWN_MANIFEST, devices=network_devices(("service",)))).nets == ("mine",)
    assert build(c(OWN_MANIFEST)).nets == ("mine",)


@pytest.mark.parametrize("nets", [("service",), ("service", "management")])
def test_an_ocaml_image_has_the_networks_declared(nets):
    assert build(ocaml(devices=network_devices(nets))).nets == nets


def test_an_image_has_the_block_devices_declared():
    devices = (*network_devices(("service",)), *block_devices(("journal", "archive")))
    image = build(c(devices=devices))
    assert (image.nets, image.blocks) == (("service",), ("journal", "archive"))
    assert image.devices == devices
    image = build(ocaml(devices=devices))
    assert (image.nets, image.blocks) == (("service",), ("journal", "archive"))


def test_a_program_that_needs_a_block_device_has_one_called_storage():
    source = "let start disk = Lwt.map ignore (Block.flush disk)"
    assert build(ocaml(source, packages=("mirage-block",))).blocks == ("storage",)


def test_a_program_that_needs_a_network_has_one_called_service():
    assert build(ocaml(packages=("mirage-stack",))).nets == ("service",)


def test_a_program_that_needs_none_has_none():
    assert build(ocaml("let () = ()")).nets == ()


@pytest.mark.parametrize(("target", "kind"), [("virtio", 3), ("unix", 2)])
def test_a_c_image_has_solo5s_abi_note(target, kind):
    """elf_abi.h: a segment of its own, owner Solo5, type ABI1, target and version."""
    elf = read(build(c(target=target)).path)
    notes = [
        elf.data[segment.offset : segment.offset + segment.file_bytes]
        for segment in elf.segments
        if segment.kind == PT_NOTE
    ]
    wanted = struct.pack("<III8sIIII", 6, 16, 0x31494241, b"Solo5", kind, 1, 0, 0)
    assert wanted in notes
