"""What of a console goes to a page: all of what is read, whole lines of a flood."""

import pytest
from support.fake_machine import FakeConsole

from unikernel.render.console_stream import OF_A_FLOOD, SCREENFUL, UNSEEN, WHOLE, ConsoleStream


@pytest.fixture
def console():
    return FakeConsole("hello")


def lines(first, count):
    return "".join(f"line {number}\n" for number in range(first, first + count))


def feed(console, text):
    console.feed(text.encode())


def test_what_is_written_bit_by_bit_goes_out_whole(console):
    feed(console, "before\n")
    stream = ConsoleStream(console)
    assert stream.start.text == "before\n"
    pieces = []
    for word in ("a", "\x1b[3", "1mb", "\n"):
        feed(console, word)
        pieces.append(stream.next())
    assert [piece and piece[0].text for piece in pieces] == ["a", None, "\x1b[31mb", "\n"]
    ends = [(piece.begin, piece.end) for piece, _ in filter(None, pieces)]
    assert ends == [(7, 8), (8, 14), (14, 15)], "positions are the console's"
    assert stream.next() is None


def test_of_a_flood_go_whole_lines_that_say_where_they_stand(console):
    stream = ConsoleStream(console)
    feed(console, lines(0, 100_000))
    piece, _ = stream.next()
    assert WHOLE / 2 < len(piece.text) <= WHOLE
    first = int(piece.text.split("\n")[0].removeprefix("line "))
    assert piece.text == lines(first, 100_000 - first)
    assert piece.lines_before == first
    feed(console, lines(100_000, 100_000))
    assert len(stream.next()[0].text) <= OF_A_FLOOD, "less at once while it goes on"
    feed(console, "slow again\n")
    stream.next()
    feed(console, lines(0, 1000))
    assert len(stream.next()[0].text) == len(lines(0, 1000))


def test_a_page_that_says_nothing_gets_a_screenful(console):
    stream = ConsoleStream(console)
    while not stream.hung:
        feed(console, lines(0, 1000))
        _, sent = stream.next()
    assert UNSEEN < sent < UNSEEN + WHOLE
    feed(console, lines(0, 10_000))
    assert len(stream.next()[0].text) <= SCREENFUL
    stream.seen(sent)
    assert not stream.hung


def test_a_page_cannot_have_seen_what_was_not_sent(console):
    stream = ConsoleStream(console)
    stream.seen(10**9)
    while not stream.hung:
        feed(console, lines(0, 1000))
        stream.next()


def test_a_page_that_opens_gets_the_end_of_what_was_sent(console):
    stream = ConsoleStream(console)
    feed(console, "said\n" * 3)
    stream.next()
    feed(console, "not yet\n" * 2)
    tail = stream.tail()
    assert (tail.text, tail.begin, tail.end, tail.lines_before) == ("said\n" * 3, 0, 15, 0)
    piece, _ = stream.next()
    assert (piece.begin, piece.text, piece.lines_before) == (tail.end, "not yet\n" * 2, 3)


def test_a_line_longer_than_all_goes_in_part(console):
    stream = ConsoleStream(console)
    feed(console, "x" * 10 * WHOLE)
    piece, _ = stream.next()
    assert piece.text == "x" * WHOLE
    assert piece.begin == 9 * WHOLE
