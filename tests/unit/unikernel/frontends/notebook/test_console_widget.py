"""What a console's widget and its pages tell each other."""

import time

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel.frontends.notebook.widgets import libraries
from unikernel.frontends.notebook.widgets.console_view import MOST_TYPED, ConsoleView
from unikernel.host import event_loop
from unikernel.render.console_stream import UNSEEN, WHOLE

LIMIT_S = 10


class Page:
    """All that a widget sends, and a way to answer."""

    def __init__(self, machine):
        self.machine = machine
        self.messages = []
        self.buffers = []

    def receive(self, content, buffers=None):
        self.messages.append(content)
        self.buffers.append(buffers)

    def tell(self, **message):
        self.widget._handle_custom_msg(message, [])

    def said(self, text):
        """Have the guest write something."""

        async def feed():
            self.machine.console.feed(text.encode())

        event_loop.call(feed())

    def wait(self, is_it):
        deadline = time.monotonic() + LIMIT_S
        while not (found := [message for message in self.messages if is_it(message)]):
            assert time.monotonic() < deadline, self.messages
            event_loop.call(nothing())
        return found[0]

    def shown(self):
        pieces = [m for m in self.messages if m["kind"] == "output" and "view" not in m]
        return "".join(piece["text"] for piece in pieces)


async def nothing():
    """Give the loop a turn."""


@pytest.fixture
def page(tmp_path, monkeypatch):
    page = Page(FakeMachine(fake_image(tmp_path)))
    monkeypatch.setattr(ConsoleView, "send", lambda _, *message: page.receive(*message))
    monkeypatch.setattr(ConsoleView, "_pushed", False)
    page.said("before\n")
    page.widget = ConsoleView(page.machine)
    yield page
    page.widget.close()


def test_what_is_new_goes_to_all_views_and_the_end_to_one_that_opens(page):
    assert page.widget.start["text"] == "before\n"
    page.said("new\n")
    piece = page.wait(lambda message: message.get("text") == "new\n")
    assert (piece["begin"], piece["line"], piece["sent"]) == (7, 1, 4)
    for view in ("1", "2"):
        page.tell(kind="opened", view=view)
        tail = page.wait(lambda message, view=view: message.get("view") == view)
        assert tail["text"] == "before\nnew\n"
        assert "sent" not in tail


def test_what_happened_to_the_guest_follows_what_it_had_said(page):
    async def go_back():
        page.machine.console.feed(b"late\n")
        page.machine.console.note("hello: as it was at \x1bearly")

    event_loop.call(go_back())
    page.wait(lambda message: message["kind"] == "note")
    assert [message["text"] for message in page.messages if message["kind"] != "library"] == [
        "late\n",
        "hello: as it was at ^[early",
    ]
    assert "early" not in page.machine.console.text


def test_a_flood_is_bounded_and_lets_up_for_a_page_that_says_nothing(page):
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        page.said("a line that is said\n" * 1000)
    assert UNSEEN < len(page.shown()) < UNSEEN + 2 * WHOLE
    assert all(len(message.get("text", "")) <= WHOLE for message in page.messages)


def test_what_is_typed_reaches_the_guest(page):
    page.tell(kind="typed", text="hello\n")
    deadline = time.monotonic() + LIMIT_S
    while page.machine.console.typed != b"hello\n":
        assert time.monotonic() < deadline
        event_loop.call(nothing())


def test_what_cannot_be_typed_is_told(page):
    page.tell(kind="typed", text="x" * (MOST_TYPED + 1))
    problem = page.wait(lambda message: message["kind"] == "problem")
    assert "65,536" in problem["text"]
    assert page.machine.console.typed == b""


@pytest.mark.parametrize(
    "message",
    [{}, {"kind": "typed"}, {"kind": "seen", "sent": "x"}, {"kind": "opened", "view": 1}],
    ids=str,
)
def test_what_is_no_message_does_nothing(page, message):
    before = len(page.messages)
    page.tell(**message)
    event_loop.call(nothing())
    assert page.messages[before:] == []


def test_libraries_come_unasked_once_and_when_asked(page):
    names = [message["name"] for message in page.messages if message["kind"] == "library"]
    assert names == ["xterm", "addon-fit", "addon-search"]
    page.messages.clear()
    page.tell(kind="library", name="xterm")
    page.wait(lambda message: message["kind"] == "library")
    assert page.buffers[-1] == libraries.message("xterm")[1]
    assert list(page.messages[-1]["files"]) == ["xterm.mjs", "xterm.css"]
    page.tell(kind="library", name="../../../etc/passwd")
    unknown = page.wait(lambda message: message.get("name", "").startswith(".."))
    assert unknown["files"] == []


def test_a_machine_that_has_ended_is_not_alive(page):
    async def end():
        page.machine.end()

    event_loop.call(end())
    deadline = time.monotonic() + LIMIT_S
    while page.widget.alive:
        assert time.monotonic() < deadline
        event_loop.call(nothing())
