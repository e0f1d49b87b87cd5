"""A gdb that misbehaves: it floods, hangs, ends, or says what is no answer."""

import sys

import pytest

from unikernel.debugging.gdb_interface.session import Session
from unikernel.errors import DebuggerLost
from unikernel.host import event_loop

FAKE = """\
import re, sys, time
for line in sys.stdin:
    token, word = re.match(r"(\\\\d*)(.*)", line).groups()
    if word == "flood":
        for _ in range(1000):
            print('~"' + "x" * 1000 + '"')
    if word == "line":
        print('~"' + "x" * (1 << 23) + '"', flush=True)
    if word == "die" or word == "-gdb-exit":
        sys.exit(3)
    if word == "hang":
        time.sleep(600)
    if word == "other":
        print("999^done")
        print("nonsense")
        print('7*stopped')
    if word == "refuse":
        print(token + '^error,msg="no \\\\033[2J"', flush=True)
        continue
    if word == "run":
        print(token + "^running")
        print("*running", flush=True)
        print('*stopped,reason="exited-normally"', flush=True)
        continue
    print(token + "^done", flush=True)
"""


@pytest.fixture
def session(tmp_path):
    """A session with the fake gdb; what it heard of holds is in `holds`."""
    program = tmp_path / "gdb"
    program.write_text(f"#!{sys.executable}\n{FAKE}".replace("\\\\", "\\"))
    program.chmod(0o755)
    holds = []
    session = event_loop.call(Session.start(program, holds.append))
    session.holds = holds
    yield session
    event_loop.call(session.close())
    assert not session.lives


def ask(session, word, time_s=30):
    return event_loop.call(session.request(word, time_s))


def test_of_a_flood_a_bounded_part_is_kept(session):
    reply = ask(session, "flood")
    assert len(reply.text) < 70_000
    assert reply.text.endswith("gdb printed more than is shown.\n")
    assert ask(session, "more").text == ""


@pytest.mark.parametrize(("word", "time_s"), [("die", 30), ("line", 30), ("hang", 0.2)])
def test_a_gdb_that_is_lost_is_told_of_and_ended(session, word, time_s):
    with pytest.raises(DebuggerLost):
        ask(session, word, time_s)
    with pytest.raises(DebuggerLost, match="gdb has ended"):
        ask(session, "anything")


def test_only_its_own_answer_ends_a_command(session):
    reply = ask(session, "other")
    assert (reply.error, reply.text) == ("", "nonsense\n")
    assert ask(session, "refuse").error == "no \x1b[2J"


def test_a_guest_that_ends_while_it_runs_is_noticed(session):
    event_loop.call(session.execute("unheard", 1.0))
    ask(session, "run")
    ask(session, "then")
    assert session.guest_ended
    assert not session.runs
    assert session.holds == [False]
