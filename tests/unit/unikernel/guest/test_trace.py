import struct

import pytest

from unikernel.guest.trace import (
    Ending,
    EndingKind,
    FinalMessage,
    Frequency,
    Milestone,
    Passed,
    TraceParser,
)

STREAM = (
    b"H"
    + struct.pack("<Q", 3_000_000_000)
    + b"T\x01"
    + struct.pack("<Q", 123)
    + b"M"
    + struct.pack("<H", 5)
    + "né!!".encode()
    + b"X\x03"
    + struct.pack("<I", 255)
)
RECORDS = [
    Frequency(3_000_000_000),
    Passed(Milestone.ENTRY, 123),
    FinalMessage("né!!"),
    Ending(EndingKind.FAULT, 255),
]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, len(STREAM)])
def test_records_come_out_of_pieces_of_any_size(piece):
    parser = TraceParser()
    records = []
    for at in range(0, len(STREAM), piece):
        records += parser.feed(STREAM[at : at + piece])
    assert records == RECORDS
    assert not parser.damaged


def test_a_record_waits_for_its_last_byte():
    parser = TraceParser()
    assert parser.feed(STREAM[:8]) == []
    assert parser.feed(STREAM[8:9]) == [Frequency(3_000_000_000)]


def test_records_before_garbage_count_and_nothing_after():
    parser = TraceParser()
    assert parser.feed(STREAM[:9] + b"?" + STREAM) == RECORDS[:1]
    assert parser.damaged
    assert parser.feed(STREAM) == []


@pytest.mark.parametrize("record", [b"T\x63" + bytes(8), b"X\x09" + bytes(4)])
def test_an_unknown_milestone_or_ending_is_garbage(record):
    parser = TraceParser()
    assert parser.feed(record) == []
    assert parser.damaged


def test_a_status_is_read_as_c_wrote_it():
    [ending] = TraceParser().feed(b"X\x01" + struct.pack("<i", -1))
    assert ending == Ending(EndingKind.EXIT, -1)
