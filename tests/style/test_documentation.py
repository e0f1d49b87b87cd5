"""What the documentation names is there: links, and paths of this project."""

import re

import pytest
from support import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOPS = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")
PATH = re.compile(rf"`((?:{TOPS})/[^`\s]*)`")
MADE_BY_USE = ("out/", ".venv/", ".cache/")


def links(page):
    """Yield what a page links to, as paths."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        yield page.parent / target


def paths(page):
    """Yield the patterns of paths that a page names; `<word>` stands for any name."""
    for text in PATH.findall(page.read_text(encoding="utf-8")):
        if not text.startswith(MADE_BY_USE):
            yield re.sub(r"<\w+>", "*", text.rstrip("/"))


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    assert [str(target) for target in links(page) if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_are_those_of_the_project(page):
    assert [pattern for pattern in paths(page) if not any(ROOT.glob(pattern))] == []


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\((\d{3}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
