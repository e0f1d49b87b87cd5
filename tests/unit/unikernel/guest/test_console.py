import asyncio
import re
import time

import pytest

from unikernel.errors import ConsoleTimeout, UsageError
from unikernel.guest.console import Console
from unikernel.host import event_loop


class Typed(Console):
    """A console nobody is behind; `takes` says whether it takes input."""

    takes = True
    typed = b""

    async def send(self, data):
        if not self.takes:
            await asyncio.Event().wait()
        self.typed += data


@pytest.fixture
def console():
    return Typed("vm")


def feed(console, text):
    async def later():
        console.feed(text.encode())

    event_loop.call(later())


def test_expect_finds_what_was_said_before(console):
    feed(console, "listening on 80\n")
    assert console.expect(r"on (\d+)", timeout_s=1)[1] == "80"


def test_expect_wakes_up_when_it_is_said(console):
    async def say_soon():
        await asyncio.sleep(0.02)
        console.feed(b"rea")
        await asyncio.sleep(0.02)
        console.feed(b"dy\n")

    event_loop.post(say_soon())
    assert console.expect("ready", timeout_s=5)


def test_each_expect_goes_on_after_the_one_before(console):
    feed(console, "tick 1\ntick 2\n")
    assert [console.expect(r"tick \d", timeout_s=1)[0] for _ in range(2)] == ["tick 1", "tick 2"]
    with pytest.raises(ConsoleTimeout, match="said before"):
        console.expect(r"tick \d", timeout_s=0.01)


def test_what_is_no_regular_expression_is_refused(console):
    with pytest.raises(UsageError, match="'\\(' is no regular expression"):
        console.expect("(", timeout_s=1)


def test_a_timeout_shows_the_last_lines(console):
    feed(console, "one\ntwo\n")
    with pytest.raises(ConsoleTimeout) as caught:
        console.expect("three", timeout_s=0.01)
    assert caught.value.detail == "one\ntwo"
    assert "'three'" in caught.value.what


def test_expect_gives_up_at_once_when_the_machine_has_ended(console):
    async def end():
        console.close("has ended (failed, status 2)")

    event_loop.call(end())
    begun = time.monotonic()
    with pytest.raises(ConsoleTimeout, match="status 2"):
        console.expect("x", timeout_s=30)
    assert time.monotonic() - begun < 5


def test_expect_takes_compiled_patterns_and_has_a_twin(console):
    feed(console, "HELLO\n")
    pattern = re.compile("hello", re.IGNORECASE)
    assert asyncio.run(console.expect_async(pattern, timeout_s=1))[0] == "HELLO"


def test_a_reset_makes_expect_forget(console):
    feed(console, "old\n")
    console.restart()
    assert console.first_line_ns is None
    with pytest.raises(ConsoleTimeout):
        console.expect("old", timeout_s=0.01)


def test_the_first_line_is_stamped_when_it_is_complete(console):
    feed(console, "hel")
    assert console.first_line_ns is None
    before = time.perf_counter_ns()
    feed(console, "lo\nmore\n")
    assert before <= console.first_line_ns <= time.perf_counter_ns()


def test_listeners_hear_everything_once(console):
    received = []
    feed(console, "a")
    console.subscribe(received.append, replay=True)
    feed(console, "b")
    console.unsubscribe(received.append)
    console.unsubscribe(received.append)
    feed(console, "c")
    assert received == ["a", "b"]


def test_a_listener_that_fails_hurts_nobody(console, caplog):
    received = []

    def fail(_text):
        raise RuntimeError("listener's own fault")

    console.subscribe(fail)
    console.subscribe(received.append)
    feed(console, "x")
    assert received == ["x"]
    assert "listener's own fault" in caplog.text


def test_write_types_text_and_bytes(console):
    console.write("é\n")
    asyncio.run(console.write_async(b"\x03"))
    assert console.typed == b"\xc3\xa9\n\x03"


def test_write_gives_up_when_the_guest_takes_nothing(console):
    console.takes = False
    with pytest.raises(ConsoleTimeout, match="did not take"):
        console.write("x", timeout_s=0.01)


def test_lines_and_tail(console):
    feed(console, "1\r\n2\n3\n4")
    assert console.lines() == ["1", "2", "3", "4"]
    assert console.tail(2) == "3\n4"
