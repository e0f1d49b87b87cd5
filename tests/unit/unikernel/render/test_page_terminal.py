"""What a terminal in a page may get of what a guest writes."""

import pytest

from unikernel.render.page_terminal import MOST, MOST_ROWS, finished_length, tame

DRAWING = [
    "plain\ttext\r\nline\b\n",
    "\x1b[31;1mred\x1b[0m \x1b[38;2;1;2;3mown\x1b[m",
    "\x1b[2J\x1b[H\x1b[10;20Hat\x1b[K\x1b[3A\x1b[s\x1b[u\x1b7\x1b8\x1bD\x1bM",
    "\x1b[?25l\x1b[?1049h\x1b[2;10r\x1b(0qqq\x1b(B",
    "é 中 😀 \u0627\u0628",
]


@pytest.mark.parametrize("text", DRAWING)
def test_what_draws_passes(text):
    assert tame(text) == text
    assert finished_length(text) == len(text)


@pytest.mark.parametrize(
    "hostile",
    [
        *("\x1b]0;title\x07", "\x1b]52;c;aGFjaw==\x07", "\x1b]8;;http://x\x1b\\", "\x1b]10;?\x07"),
        *("\x1bP$qm\x1b\\", "\x1bPq#0!99~\x1b\\", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\"),
        *("\x1b[6n", "\x1b[?6n", "\x1b[c", "\x1b[>c", "\x1b[=c", "\x1b[$p", "\x1b[?1$p", "\x1bZ"),
        *("\x1b[8;9;9t", "\x1b[21t", "\x1b[?1000h", "\x1b[?1004h", "\x1b[?2004h", "\x1b[?3h"),
        *("\x1b[2147483647b", "\x1b[4h", "\x1b[3J", "\x1b[1 q", "\x07", f"\x1b[{'1;' * 99}m"),
    ],
    ids=repr,
)
def test_what_does_more_than_draw_does_nothing(hostile):
    assert tame(f"a{hostile}b") == "ab"


@pytest.mark.parametrize("final", "LMST@PXABCDEFGHdfr")
def test_numbers_are_bounded(final):
    most = MOST_ROWS if final in "LMST" else MOST
    assert tame(f"\x1b[2147483647{final}") == f"\x1b[{most}{final}"


def test_a_string_without_an_end_hides_no_line():
    assert tame("\x1b]0;title\nPANIC\n") == "\nPANIC\n"


def test_hidden_characters_are_shown():
    assert tame("\x00\x9b2J\u202e") == "^@<U+009B>2J<U+202E>"


def test_a_reset_leaves_what_has_left_the_screen():
    assert tame("\x1bc") == "\x1b[!p\x1b[H\x1b[2J"


@pytest.mark.parametrize("begun", ["\x1b", "\x1b[", "\x1b[31", "\x1b]0;tit", "\x1bP$q", "\x1b("])
def test_a_sequence_that_is_not_all_there_waits(begun):
    assert finished_length(f"a\x1b[0m{begun}") == len("a\x1b[0m")
    assert finished_length("\x1b]" + "x" * 5000) == 5002, "but not for ever"


def test_sequences_cut_anywhere_draw_the_same():
    whole = "a\x1b[31mb\x1b]0;t\x07c\x1b[2Jd\x1bPx\x1b\\e\x1b(0f\x1b[?25lg\x1b[6nh"
    for cut in range(len(whole)):
        end = finished_length(whole[:cut])
        assert tame(whole[:end]) + tame(whole[end:]) == tame(whole)
