"""Each picture of a page is one that a test in a browser takes, and says in words what it shows."""

import re

from support import ROOT
from support.pages import PAGES

TAKEN = re.compile(r'for_docs\("(\w+)"')
SHOWN = re.compile(r"!\[([^]]*)\]\(([^)]+)\)")


def test_each_picture_is_taken_by_one_test():
    tests = sorted((ROOT / "tests/browser").glob("test_*.py"))
    taken = [name for path in tests for name in TAKEN.findall(path.read_text(encoding="utf-8"))]
    assert sorted(taken) == sorted(path.stem for path in (ROOT / "docs").glob("*.png"))


def test_each_picture_is_shown_with_words():
    shown = {
        (path.parent / target).resolve(): words
        for path in PAGES
        for words, target in SHOWN.findall(path.read_text(encoding="utf-8"))
    }
    assert {*shown} == {path.resolve() for path in (ROOT / "docs").glob("*.png")}
    assert all(words.strip() for words in shown.values())
