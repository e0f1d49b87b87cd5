"""The table of function names in an image."""

import struct

import pytest
from support.guests import tiny_program

from unikernel_toolchain.binary import elf, symbol_table


@pytest.fixture(scope="module")
def tiny_elf(tmp_path_factory):
    return tiny_program.link(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize(
    "table",
    [
        [],
        [(0x100000, "boot_entry")],
        [(0x100000, "caml_alloc"), (0x100001, "caml_alloc_small"), (0x7FFF_FFFF_FFFF, "x")],
        [(1, "a" * 300), (2, "a" * 300 + "b"), (500, "größe")],
    ],
)
def test_round_trip(table):
    assert symbol_table.decode(symbol_table.encode(table)) == table


def test_format_is_the_one_the_guest_reads():
    blob = symbol_table.encode([(0x80, "main"), (0x90, "malloc")])
    assert blob == struct.pack("<I", 2) + b"\x80\x01\x00main\0" + b"\x10\x02lloc\0"


def test_global_name_wins_and_addresses_ascend(tiny_elf):
    table = symbol_table.functions(elf.read(tiny_elf))
    names = [name for _, name in table]
    assert "global_name" in names
    assert "local_name" not in names
    assert [address for address, _ in table] == sorted({address for address, _ in table})


def test_data_is_no_function(tiny_elf):
    assert "some_data" not in [name for _, name in symbol_table.functions(elf.read(tiny_elf))]
