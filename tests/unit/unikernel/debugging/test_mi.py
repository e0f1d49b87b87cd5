"""GDB/MI, read: what gdb 13 said, and what it should never say."""

import pytest

from unikernel.debugging.gdb_interface.mi import Record, quoted, record

STOPPED = (
    '*stopped,reason="breakpoint-hit",disp="keep",bkptno="1",frame={addr="0x1029c4",func="Cell.go",'
    'args=[],file="cell hello",line="6"},thread-id="1",stopped-threads="all"'
)


def test_a_stop_says_why_and_where():
    found = record(STOPPED)
    assert (found.sign, found.name, found.results["reason"]) == ("*", "stopped", "breakpoint-hit")
    assert found.results["frame"] == {
        "addr": "0x1029c4",
        "func": "Cell.go",
        "args": [],
        "file": "cell hello",
        "line": "6",
    }
    assert found.results["stopped-threads"] == "all"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12^done", Record("^", 12, "done")),
        ('3^error,msg="No \\"x\\"."', Record("^", 3, "error", {"msg": 'No "x".'})),
        ('~"a\\tb\\n"', Record("~", text="a\tb\n")),
        ('&"\\303\\251\\377\\n"', Record("&", text="é\ufffd\n")),
        ('~"\\033[2J"', Record("~", text="\x1b[2J")),
        ("(gdb) ", None),
        ("no record", None),
        ("~open", None),
    ],
)
def test_lines_are_what_they_say(line, expected):
    assert record(line) == expected


def test_lists_of_values_and_of_results():
    found = record('1^done,a=["x","y"],b=[frame={level="0"},frame={level="1"}],c={}')
    assert found.results == {"a": ["x", "y"], "b": [{"level": "0"}, {"level": "1"}], "c": {}}


@pytest.mark.parametrize(
    "line",
    [
        "1^done,a=",
        "1^done,a=[",
        "1^done,a={b",
        "1^done,a=[[[[",
        '1^done,a=["x" "y"]',
        "1^done," + "a=[" * 5000,
        "1^done," + "a={b=" * 5000,
        "1^done,=",
    ],
)
def test_what_is_broken_ends(line):
    assert record(line).name == "done"


def test_a_command_is_quoted_as_it_is_read():
    text = 'print "a\\b"\nlist'
    assert record(f"~{quoted(text)}").text == text
