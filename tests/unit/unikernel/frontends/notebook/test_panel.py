"""The machine panel without a page: what it sends, what its buttons do, and when it looks."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from support.fake_machine import FakeMachine, FakeProcess, fake_image, only_one

import unikernel as uk
from unikernel.errors import PortTaken, UnikernelError
from unikernel.frontends.notebook import widgets
from unikernel.frontends.notebook.widgets import panel_actions
from unikernel.frontends.notebook.widgets.panel_rows import MOST_CHARACTERS
from unikernel.frontends.notebook.widgets.panel_view import PanelView
from unikernel.host import event_loop
from unikernel.machines.usage import Usage
from unikernel.model.debugging.snapshots import Snapshot
from unikernel.model.state import Cause
from unikernel.render.display import machine_bundle

RUDE = "\x1b]52;c;aGFjaw==\x07\u202e<img src=x onerror=alert(1)>"


class Page:
    """Plays a page that shows a panel: keeps what is sent, as panel.js does."""

    def __init__(self, panel):
        self.panel = panel
        self.rows, self.looks, self.messages = {}, {}, 0
        panel.send = self._hear

    def _hear(self, message, buffers=None):
        self.messages += 1
        self.rows = {key: message["rows"].get(key, self.rows.get(key)) for key in message["keys"]}
        for key, looks in message["samples"].items():
            self.looks[key] = (looks if message["anew"] else self.looks.get(key, []) + looks)[-120:]

    def say(self, **message):
        """Send the kernel a message, and wait until it was taken."""
        self.panel._take(None, message, [])
        event_loop.call(asyncio.sleep(0.01))

    def press(self, key, action):
        self.say(kind="do", key=key, action=action)
        self.wait(lambda: not self.rows[key]["busy"])

    def wait(self, condition, limit_s=10):
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, self.rows
            event_loop.call(asyncio.sleep(0.01))


@pytest.fixture
def show():
    """Return the page of a panel of all machines, or of one; all are closed at the end."""
    pages = []

    def show(machine=None):
        page = Page(PanelView(widgets._show_console, machine))
        pages.append(page)
        page.say(kind="watch", view="one")
        page.wait(lambda: page.rows)
        return page

    yield show
    for page in pages:
        page.panel.close()


@pytest.fixture
def machine(tmp_path, only_these):
    return only_one(only_these, tmp_path)


def offered(row):
    return [action for action, why in row["refused"].items() if not why]


def test_each_machine_and_each_image_that_none_runs_has_a_row(show, tmp_path, only_these):
    image, idle = fake_image(tmp_path), fake_image(tmp_path, "idle")
    process = FakeProcess(fake_image(tmp_path, "served", target="unix"), "process")
    only_these([image, idle], [FakeMachine(image), process])
    rows = show().rows
    assert [(row["name"], row["state"]) for row in rows.values()] == [
        ("hello", "running"),
        ("process", "running"),
        ("idle", "not booted"),
    ]
    assert offered(rows["hello"]) == ["pause", "reset", "stop", "console", "snapshot"]
    assert offered(rows["process"]) == ["pause", "stop", "console", "snapshot"]
    assert rows["hello"]["refused"]["restore"] == "no snapshot of it can be restored"
    assert "cannot be reset" in rows["process"]["refused"]["reset"]
    assert rows["hello"]["refused"]["capture"] == "it has no network device"
    assert offered(rows["/idle"]) == ["start"]


def test_buttons_do_what_they_say_and_offer_what_is_next(show, machine):
    page = show()
    page.press("hello", "pause")
    assert machine.commands == [("stop", None)]
    assert offered(page.rows["hello"]) == ["resume", "reset", "stop", "console", "snapshot"]
    page.press("hello", "resume")
    page.press("hello", "reset")
    page.press("hello", "stop")
    assert [command for command, _ in machine.commands] == ["stop", "cont", "system_reset"]
    assert offered(page.rows["hello"]) == ["start", "console", "hide"]
    assert page.rows["hello"]["unknown"]["cpu"] == "the machine has ended"


def test_what_is_not_offered_is_not_done(show, machine):
    page = show()
    for key, action in (("hello", "resume"), ("hello", "close"), ("nobody", "stop")):
        page.say(kind="do", key=key, action=action)
    page.say(kind="do", key=7, action="stop")
    page.say(kind="nonsense")
    assert machine.commands == []
    assert not page.rows["hello"]["busy"]


def test_what_failed_is_told_in_the_row_until_something_works(show, machine, monkeypatch):
    async def refused(_, **__):
        raise PortTaken("Port 8080 is in use by\x1b[2J another.", hint="Choose another port.")

    monkeypatch.setattr(panel_actions.machines, "boot_async", refused)
    machine.end()
    page = show()
    page.press("hello", "start")
    said = page.rows["hello"]["said"]
    assert "Port 8080 is in use by^[[2J another." in said
    assert "Choose another port." in said


def test_start_boots_again_as_before(show, tmp_path, only_these, monkeypatch):
    asked = {}

    async def boot(image, **choices):
        asked.update(choices, image=image)

    monkeypatch.setattr(panel_actions.machines, "boot_async", boot)
    image = fake_image(tmp_path)
    machine = FakeMachine(image, "mine", memory_mib=64, paused=True, captures={"net": "x.pcap"})
    machine.end(Cause.STOPPED)
    only_these([image, fake_image(tmp_path, "idle")], [machine])
    page = show()
    assert not page.rows["mine"]["failed"]
    page.press("mine", "start")
    assert asked["image"] is image
    assert (asked["name"], asked["memory_mib"]) == ("mine", 64)
    assert not {"paused", "captures"} & asked.keys()
    page.press("/idle", "start")
    assert asked["image"].name == "idle"


def test_snapshots_and_captures_say_where_they_are(show, tmp_path, only_these, monkeypatch):
    monkeypatch.chdir(tmp_path)
    machine = FakeMachine(fake_image(tmp_path), "my web/1", nets={"service": "user"})
    only_these([], [machine])
    taken = []

    async def snapshot(name):
        taken.append(name)
        return saved_snapshot(name, tag="tag")

    monkeypatch.setattr(machine, "snapshot_async", snapshot, raising=False)
    page = show()
    page.press("my web/1", "snapshot")
    assert page.rows["my web/1"]["said"] == (
        f"Snapshot {taken[0]} was made: Restore goes back to it."
    )
    page.press("my web/1", "capture")
    file = page.rows["my web/1"]["capturing"]
    assert re.fullmatch(rf"{tmp_path}/my-web-1-[0-9-]+\.pcap", file)
    page.press("my web/1", "capture")
    assert page.rows["my web/1"]["capturing"] == ""
    assert page.rows["my web/1"]["said"] == f"Frames are in {file}."


def saved_snapshot(name, tag):
    return Snapshot(name, "hello", Path("/nowhere"), 1.0, (), 0, Path("/nowhere"), tag)


def test_the_snapshots_that_can_be_restored_are_offered(show, machine, monkeypatch):
    known = (("early", "1"), ("compared", ""), ("late", "2"))
    snapshots = tuple(saved_snapshot(*one) for one in known)
    monkeypatch.setattr(FakeMachine, "snapshots", snapshots)
    page = show()
    assert page.rows["hello"]["snapshots"] == ["late", "early"]
    page.say(kind="do", key="hello", action="restore", snapshot="early")
    page.wait(lambda: page.rows["hello"]["said"] == "It is as it was at early.")
    assert machine.commands == [("snapshot restore", {"name": "early"})]
    machine.end()
    page.wait(lambda: page.rows["hello"]["snapshots"] == [])


def test_what_gdb_does_is_not_offered_while_it_has_the_machine(show, machine, monkeypatch):
    monkeypatch.setattr(FakeMachine, "debugger_pid", 4711)
    row = show().rows["hello"]
    assert offered(row) == ["stop", "console"]
    assert "gdb hello detach" in row["refused"]["pause"]


def test_looks_are_numbers_and_what_is_not_known_has_a_reason(show, machine):
    side = machine._side
    side.used = Usage(1.0, cpu_s=1.0, memory_bytes=5 << 20, received_frames=7, sent_frames=0)
    page = show()
    page.wait(lambda: page.looks.get("hello"))
    later = Usage(2.0, 1.5, 6 << 20, None, None, 17, 3, unknown={"network": "why", "disk": "no"})
    side.used = later
    page.wait(lambda: page.looks["hello"][-1][1] == 6 << 20)
    looks = page.looks["hello"]
    assert looks[0] == [None, 5 << 20, None, None, None, None]
    assert [0.5, 6 << 20, 10.0, 3.0, None, None] in looks
    assert page.rows["hello"]["unit"] == "frames"
    assert page.rows["hello"]["unknown"] == {"network": "why", "disk": "no"}


def test_a_second_page_gets_all_that_the_first_has(show, machine):
    machine._side.used = Usage(1.0, cpu_s=1.0)
    page = show()
    page.wait(lambda: len(page.looks.get("hello", ())) >= 2)
    seen = len(page.looks["hello"])
    second = Page(page.panel)
    second.say(kind="watch", view="two")
    second.wait(lambda: second.rows)
    assert second.rows["hello"]["state"] == "running"
    assert len(second.looks["hello"]) >= seen


def test_a_panel_that_nobody_sees_costs_nothing(show, machine):
    page = show()
    page.say(kind="unwatch", view="one")
    page.wait(page.panel._ticks.done)
    heard = page.messages
    event_loop.call(asyncio.sleep(0.6))  # longer than between two looks
    assert page.messages == heard
    page.say(kind="watch", view="one")
    page.wait(lambda: page.messages > heard + 1)


def test_a_machine_that_changes_all_the_time_sends_what_a_quiet_one_does(show, machine):
    page = show()
    page.wait(lambda: page.messages >= 3)
    before = page.messages

    async def flood():
        for _ in range(5000):
            await machine.pause_async()
            await machine.resume_async()

    began = time.monotonic()
    event_loop.call(flood())
    looks = (time.monotonic() - began) / 0.5
    assert page.messages - before <= looks + 2


def test_what_a_guest_says_is_harmless_and_short_in_a_row(show, tmp_path, only_these):
    machine = FakeMachine(fake_image(tmp_path, "rude"), f"rude{RUDE}")
    only_these([], [machine])
    machine.end(Cause.ABORT, None, RUDE * 500)
    page = show()
    (row,) = page.rows.values()
    texts = [value for value in row.values() if isinstance(value, str)]
    assert row["failed"]
    assert all(len(text) <= MOST_CHARACTERS + 2 for text in texts)
    assert not [one for text in texts for one in text if one in "\x1b\x07\u202e"]
    bundle = page.panel._repr_mimebundle_()[0]
    assert "<img" not in bundle["text/html"]
    assert "\x1b" not in bundle["text/plain"]


def test_a_console_opens_below_its_row_and_closes(show, machine, only_these):
    machine.console.feed(b"said\n")
    page = show()
    page.press("hello", "console")
    widget = page.rows["hello"]["console"]["model"]
    assert widget
    page.press("hello", "console")
    assert page.rows["hello"]["console"] == {}
    page.press("hello", "console")
    assert page.rows["hello"]["console"] == {"model": widget}, "one console for a machine"
    machine.end()
    page.wait(lambda: "said" in page.rows["hello"]["console"].get("text", ""))
    successor = FakeMachine(machine.image)
    only_these([machine.image], [successor])
    page.wait(lambda: page.rows["hello"]["console"].get("model"))
    assert page.rows["hello"]["console"] != {"model": widget}, "that of the new machine"


def test_there_is_one_panel_of_all_and_text_where_there_are_no_widgets(machine):
    panel = uk.panel()
    try:
        assert uk.panel() is panel
        bundle, _ = panel._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert "hello" in bundle["text/plain"]
        assert "<table>" in bundle["text/html"]
        assert repr(panel) == bundle["text/plain"]
    finally:
        panel.close()
    assert uk.panel() is not panel, "one that was closed is made anew"
    uk.panel().close()


def test_the_panel_of_one_machine_has_its_row_alone(show, machine, tmp_path):
    other = FakeMachine(fake_image(tmp_path), "other")
    page = show(other)
    assert [row["name"] for row in page.rows.values()] == ["other"]
    assert page.panel.still() == machine_bundle(other)
    panel = uk.panel("hello")
    assert repr(panel) == machine_bundle(machine)["text/plain"]
    assert uk.panel("hello") is panel, "a kernel has one"
    panel.close()
    with pytest.raises(UnikernelError, match="No machine 'nobody'"):
        uk.panel("nobody")


def test_the_panel_of_one_machine_stays_when_it_ends_and_follows_its_name(
    show, machine, only_these
):
    page = show(machine)
    machine.end()
    page.wait(lambda: offered(page.rows["hello"]) == ["start", "console", "hide"])
    successor = FakeMachine(machine.image)
    only_these([machine.image], [successor, FakeMachine(machine.image, "other")])
    page.wait(lambda: page.rows["hello"]["state"] == "running")
    assert list(page.rows) == ["hello"]


def test_the_row_of_a_machine_that_ended_can_be_hidden(show, machine, only_these):
    page = show()
    page.press("hello", "hide")
    assert page.rows["hello"]["state"] == "running", "not while it runs"
    machine.end()
    page.wait(lambda: "hide" in offered(page.rows["hello"]))
    page.say(kind="do", key="hello", action="hide")
    page.wait(lambda: list(page.rows) == ["/hello"])
    assert offered(page.rows["/hello"]) == ["start"], "its image has the row it had before"
    only_these([machine.image], [FakeMachine(machine.image)])
    page.wait(lambda: list(page.rows) == ["hello"])


def test_a_row_that_is_gone_keeps_nothing_of_its_machine(show, machine, tmp_path, only_these):
    page = show()
    page.press("hello", "console")
    page.press("hello", "reset")
    only_these([], [FakeMachine(fake_image(tmp_path), "next")])
    page.wait(lambda: list(page.rows) == ["next"])
    assert not page.panel._consoles._open
    assert not page.panel._said
