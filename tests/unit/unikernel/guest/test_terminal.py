import random
import time

import pytest

from unikernel.guest.terminal import HEIGHT, WIDTH, render


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("10%\r20%\rdone", "done"),
        ("100%\r5", "500%"),
        ("100%\r\x1b[K5%", "5%"),
        ("abc\b\bXY", "aXY"),
        ("\b\ba", "a"),
        ("a\tb\r\tc", "a       c"),
        ("one\r\ntwo\r\r\nthree", "one\ntwo\nthree"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGFjaw==\x07x", "x"),
        ("\x1bP1;2qsixel\x1b\\x\x1b_apc\x1b\\y\x1b^pm\x1b\\z", "xyz"),
        ("\x1b[1;38;2;1;2;3mred\x1b[0m \x1b[4:3mcurly\x1b[m", "red curly"),
        ("\x1b[?25l\x1b[?1049h\x1b[>4;2m\x1b[=1u\x1b[5 q\x1b[!p\x1b(Bx\x1b=\x1bZ\x1b[6n", "x"),
        ("one\ntwo\nthree\x1b[2A\rONE\x1b[2B!", "ONE\ntwo\nthr!e"),
        ("a\nb\nc\x1b[2F1\x1b[2E3", "1\nb\n3"),
        ("menu\x1b[2J\x1b[Hnew", "new"),
        ("\x1b[3;5Hx\x1b[1;1Hy", "y\n\n    x"),
        ("abcdef\x1b[3D\x1b[K", "abc"),
        ("abcdef\x1b[3D\x1b[1Kx", "   xef"),
        ("abcdef\x1b[2K\x1b[Gx", "x"),
        ("abc\ndef\x1b[1A\x1b[2G\x1b[J", "a"),
        ("abcdef\r\x1b[2P\x1b[2@", "  cdef"),
        ("abcdef\r\x1b[2X", "  cdef"),
        ("a\nb\x1b[A\x1b[Lx", " x\na"),
        ("a\nb\nc\x1b[A\x1b[M", "a\nc"),
        ("\x1b7abc\x1b8X \x1b[sdef\x1b[uD", "X Def"),
        ("old\x1bcnew", "new"),
        ("one\x07two", "onetwo"),
        ("\u754c\u754c\b\bX", "\u754cX"),
        ("e\u0301\rX", "X"),
        ("\x1b[99999999999999CX", " " * (WIDTH - 1) + "X"),
        ("a\x01b\x7f", "a^Ab^?"),
        ("a\u202eb\x9b2J", "a<U+202E>b<U+009B>2J"),
        ("what is on its way\x1b[3", "what is on its way"),
        ("what is on its way\x1b]0;ti", "what is on its way"),
    ],
)
def test_a_terminal_would_show(output, shown):
    assert render(output).rstrip("\n") == shown


def test_a_long_line_is_whole():
    line = "x" * 50_000
    assert render(f"{line}\n10%\rdone\n\x1b[31m{line}\x1b[0m") == f"{line}\ndone\n{line}"


def test_the_cursor_stays_on_the_screen():
    output = "".join(f"line {number}\n" for number in range(100)) + "\x1b[200A\rtop"
    shown = render(output).split("\n")
    assert shown[:2] == ["line 0", "line 1"]
    assert shown.index("tope 77") == len(shown) - HEIGHT


COSTLY = [
    "\by",
    "\x1b[1K",
    "a\x1b[@",
    "\x1b[L",
    "\x1bM",
    "\n\x1b[A",
    "\x1b[24;999Hx",
    "\x1b]",
    "\x1b[",
]


@pytest.mark.parametrize("piece", COSTLY)
def test_what_is_said_a_lot_costs_no_more_than_its_length(piece):
    """Twice as much takes about twice as long: with a square behind it, four times."""

    def took_s(size):
        begun = time.process_time()
        render("x" * size + piece * (size // len(piece)))
        return time.process_time() - begun

    small = min(took_s(1 << 15) for _ in range(3))
    assert took_s(1 << 18) < 8 * 4 * small + 0.5


def test_nothing_it_can_be_told_hurts_it():
    pieces = ["\x1b", "[", "]", "1", ";", "\n", "\r", "\b", "\t", "x", "\u754c", "\u0301", "99999"]
    pieces += list("ABCDEFGHJKLMPX@dfsu78c")
    chance = random.Random(1)
    for _ in range(3000):
        shown = render("".join(chance.choices(pieces, k=chance.randrange(80))))
        assert not set(shown) & {"\x1b", "\r", "\b", "\t"}
