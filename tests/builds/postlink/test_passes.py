"""Passes over the linked image: which ones, W^X, stripping, the embedded symbol table."""

import struct

import pytest
from support.guests import tiny_program

from unikernel_toolchain.binary import elf, symbol_table
from unikernel_toolchain.errors import BadRequest, ImageInvalid
from unikernel_toolchain.postlink import OPTIONAL_PASSES, PASSES, Linked, apply, chosen, wx


@pytest.fixture(scope="module")
def tiny_elf(tmp_path_factory):
    return tiny_program.link(tmp_path_factory.mktemp("tiny"))


def passed(program, *passes):
    """Return the image that these passes make of a program."""
    linked = Linked("hello", program, None, bytearray(program.data))
    apply(passes, linked)
    return linked.image


def test_passes_are_those_for_the_language():
    assert chosen("ocaml", ()) == PASSES
    assert chosen("c", ()) == ("wx", "strip", "thread-block", "symbols")


@pytest.mark.parametrize("name", OPTIONAL_PASSES)
def test_a_pass_can_be_turned_off(name):
    assert chosen("ocaml", (name,)) == tuple(each for each in PASSES if each != name)


@pytest.mark.parametrize(
    ("name", "what"), [("wx", "'wx' .* cannot be turned off"), ("x", "'x' .* is not there")]
)
def test_other_passes_cannot(name, what):
    with pytest.raises(BadRequest, match=what) as caught:
        chosen("ocaml", (name,))
    assert "strip, constant-modules," in caught.value.hint


def with_flags(path, index, flags):
    """Return the file's ELF with the flags of one program header changed."""
    data = bytearray(path.read_bytes())
    offset = elf.parse(bytes(data), "it").segment_offset + index * elf.SEGMENT.size
    struct.pack_into("<I", data, offset + 4, flags)
    return elf.parse(bytes(data), "it")


def test_a_sound_program_passes(tiny_elf):
    wx.verify(elf.read(tiny_elf), "it")


@pytest.mark.parametrize("index", [0, 2])
def test_writable_code_is_refused(tiny_elf, index):
    doctored = with_flags(tiny_elf, index, elf.PF_R | elf.PF_W | elf.PF_X)
    with pytest.raises(ImageInvalid, match=r"hello is not W\^X.*writable and executable"):
        wx.verify(doctored, "hello")


def test_an_executable_stack_is_refused(tiny_elf):
    data = bytearray(tiny_elf.read_bytes())
    program = elf.read(tiny_elf)
    stack = program.segments[3]._replace(kind=elf.PT_GNU_STACK, flags=elf.PF_R | elf.PF_W)
    offset = program.segment_offset + 3 * elf.SEGMENT.size
    elf.SEGMENT.pack_into(data, offset, *stack)
    wx.verify(elf.parse(bytes(data), "it"), "it")
    elf.SEGMENT.pack_into(data, offset, *stack._replace(flags=stack.flags | elf.PF_X))
    with pytest.raises(ImageInvalid, match=r"hello is not W\^X: it asks .* executable stack"):
        wx.verify(elf.parse(bytes(data), "hello"), "hello")


def test_code_and_data_on_one_page_are_refused(tiny_elf):
    data = bytearray(tiny_elf.read_bytes())
    program = elf.read(tiny_elf)
    code, variables = program.segments[0], program.segments[2]
    offset = program.segment_offset + 2 * elf.SEGMENT.size
    moved = variables._replace(address=code.address + code.memory_bytes)
    elf.SEGMENT.pack_into(data, offset, *moved)
    with pytest.raises(ImageInvalid, match="share a page"):
        wx.verify(elf.parse(bytes(data), "it"), "it")


def test_stripping_keeps_what_is_loaded_alone(tiny_elf):
    program = elf.read(tiny_elf)
    stripped = elf.parse(bytes(passed(program, "strip")), "it")
    assert stripped.sections == ()
    assert stripped.segments == program.segments
    assert stripped.entry == program.entry
    assert len(stripped.data) < len(program.data)


def test_symbols_are_embedded(tiny_elf):
    program = elf.read(tiny_elf)
    image = passed(program, "strip", "symbols")
    embedded = elf.parse(bytes(image), "it").segments[3]
    assert (embedded.kind, embedded.flags) == (elf.PT_LOAD, elf.PF_R)
    assert (embedded.address - embedded.offset) % embedded.alignment == 0
    last_page = max(s.address + s.memory_bytes - 1 for s in program.segments) // 4096
    assert embedded.address // 4096 == last_page + 1
    blob = image[embedded.offset : embedded.offset + embedded.file_bytes]
    assert symbol_table.decode(bytes(blob)) == symbol_table.functions(program)

    variable = next(s for s in program.symbols if s.name == "unikernel_symbol_table")
    rodata = program.segments[1]
    place = rodata.offset + variable.address - rodata.address
    assert struct.unpack_from("<QQ", image, place) == (embedded.address, len(blob))


def test_a_program_without_room_for_symbols_is_refused(tiny_elf):
    program = elf.read(tiny_elf)
    data = bytearray(program.data)
    struct.pack_into("<I", data, program.segment_offset + 3 * elf.SEGMENT.size, elf.PT_NOTE)
    roomless = elf.parse(bytes(data), "it")
    with pytest.raises(ImageInvalid, match="no place for its symbol table"):
        passed(roomless, "symbols")


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF\x02\x01" + b"\xff" * 90]
)
def test_what_is_no_elf_file_is_refused(tmp_path, data):
    path = tmp_path / "image"
    path.write_bytes(data)
    with pytest.raises(ImageInvalid):
        elf.read(path)


def test_a_file_that_is_gone_is_refused(tmp_path):
    with pytest.raises(ImageInvalid, match="cannot be read"):
        elf.read(tmp_path / "gone")
