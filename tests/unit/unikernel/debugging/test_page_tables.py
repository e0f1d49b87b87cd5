"""Page tables walked: what is mapped, with which rights; tables that lie."""

import struct

from unikernel.debugging import page_tables
from unikernel.model.debugging.step import Pages

P, W, LARGE, NX = 1, 2, 1 << 7, 1 << 63
ROOT = 0x1000


def memory(**tables):
    """Return what reads tables, given as {address in hex: {index: entry}}."""
    found = {}
    for name, entries in tables.items():
        words = [entries.get(index, 0) for index in range(512)]
        found[int(name[1:], 16)] = struct.pack("<512Q", *words)
    return lambda address: found.get(address, bytes(4096))


def four_levels(leaves, directory=None):
    """Return memory in which `leaves` are entries of the table for the first 2 MiB."""
    return memory(
        t1000={0: 0x2000 | P | W},
        t2000={0: 0x3000 | P | W},
        t3000={0: 0x4000 | P | W} | (directory or {}),
        t4000=leaves,
    )


def test_neighbours_with_like_rights_are_one():
    read = four_levels(
        {1: 0x1000 | P, 2: 0x2000 | P, 3: 0x3000 | P | NX, 5: 0x5000 | P | W | NX},
        {1: 0x20_0000 | P | W | LARGE},
    )
    assert page_tables.ranges(read, ROOT) == (
        Pages(0x1000, 0x3000, "R-X"),
        Pages(0x3000, 0x4000, "R--"),
        Pages(0x5000, 0x6000, "RW-"),
        Pages(0x20_0000, 0x40_0000, "RWX"),
    )


def test_what_a_table_above_forbids_is_forbidden():
    read = memory(t1000={0: 0x2000 | P | NX}, t2000={1: LARGE | P | W})
    (pages,) = page_tables.ranges(read, ROOT)
    assert pages == Pages(1 << 30, 2 << 30, "R--")


def test_the_upper_half_is_told_as_processors_write_it():
    read = memory(t1000={511: 0x2000 | P | W}, t2000={511: LARGE | P | W})
    (pages,) = page_tables.ranges(read, ROOT)
    assert pages.start == 0xFFFF_FFFF_C000_0000


def test_an_address_is_walked_down_to_its_page():
    read = four_levels({3: 0x3000 | P | NX})
    found = page_tables.walk(read, ROOT, 0x3456)
    assert [(it.level, it.index) for it in found] == [
        ("PML4", 0),
        ("PDPT", 0),
        ("PD", 0),
        ("PT", 3),
    ]
    assert found[-1].meaning == "R--, page of 4 KiB at 0x3000"
    assert found[-1].address == 0x4018
    assert page_tables.walk(read, ROOT, 0x9000)[-1].meaning == "not present"
    assert [it.level for it in page_tables.walk(read, ROOT, 1 << 40)] == ["PML4"]


def test_tables_that_point_at_themselves_come_to_an_end():
    loop = struct.pack("<512Q", *[ROOT | P | W] * 512)
    read_count = 0

    def read(_):
        nonlocal read_count
        read_count += 1
        return loop

    assert page_tables.ranges(read, ROOT)
    assert read_count <= 256


def test_as_many_ranges_as_can_be_read_are_told():
    leaves = {index: index << 12 | P for index in range(0, 512, 2)}
    assert len(page_tables.ranges(four_levels(leaves), ROOT)) == 200
