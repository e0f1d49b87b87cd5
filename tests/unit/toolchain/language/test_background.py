"""Values that are made while somebody types."""

import threading

import pytest

from unikernel_toolchain.language import background
from unikernel_toolchain.language.background import Background

LIMIT_S = 30


def test_a_value_is_made_once_and_waited_for_a_moment():
    made, begin = [], threading.Event()

    def make(key):
        begin.wait(LIMIT_S)
        made.append(key)
        return key.upper()

    values = Background(make)
    assert values.get("a", 0) is None, "it is not waited for"
    assert values.get("a", 0.01) is None
    begin.set()
    assert values.get("a", LIMIT_S) == "A"
    assert values.get("a", 0) == "A"
    assert made == ["a"]


@pytest.mark.parametrize("problem", [OSError("gone"), KeyError("a"), ValueError("odd")])
def test_what_cannot_be_made_is_nothing_and_is_not_asked_for_at_once(problem):
    asked = []

    def make(key):
        asked.append(key)
        raise problem

    values = Background(make)
    assert values.get("a", LIMIT_S) is None
    assert values.get("a", 0) is None
    assert asked == ["a"]


def test_an_old_value_serves_while_it_is_made_anew(monkeypatch):
    answers = iter(["old", "new"])
    again = threading.Event()
    first = threading.Event()

    def make(_key):
        if first.is_set():
            again.wait(LIMIT_S)
        first.set()
        return next(answers)

    values = Background(make)
    assert values.get("a", LIMIT_S) == "old"
    monkeypatch.setattr(background, "FRESH_S", -1.0)
    assert values.get("a", 0) == "old"
    again.set()
    for thread in threading.enumerate():
        if thread.name == "language":
            thread.join(LIMIT_S)
    monkeypatch.undo()
    assert values.get("a", 0) == "new"


def test_only_so_many_are_kept():
    values = Background(str.upper)
    for number in range(200):
        values.get(f"key {number}", LIMIT_S)
    assert len(values._entries) <= 64


def test_a_first_value_is_awaited_until_it_is_there():
    begin = threading.Event()
    values = Background(lambda key: begin.wait(LIMIT_S) and key)
    assert not values.is_awaited("a")
    values.get("a", 0)
    assert values.is_awaited("a")
    begin.set()
    assert values.get("a", LIMIT_S) == "a"
    assert not values.is_awaited("a")
