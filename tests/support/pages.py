"""What pages have typed: their fenced blocks, and blocks that are indented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"\n\n((?:    \S[^\n]*\n)+)")
_OF_THE_SITE = re.compile(r"\{\w+\}")  # what Sphinx, not a person, reads


@dataclass(frozen=True)
class Block:
    """A block of a page: "cell" to run in a notebook, "sh" for a shell, "" for neither."""

    page: str
    kind: str
    text: str

    @property
    def begins(self) -> str:
        """Its first line."""
        return self.text.strip().splitlines()[0]

    def cells(self) -> list[str]:
        """Return what is typed into cells: a line magic is one by itself."""
        lines = self.text.splitlines()
        return lines if all(re.match(r"%(?!%)", line) for line in lines) else [self.text]


def blocks(path: Path) -> list[Block]:
    """Return the blocks of a page in their order, those that are indented last."""
    text = path.read_text(encoding="utf-8")
    page = str(path.relative_to(ROOT).with_suffix(""))
    fenced = [
        Block(page, _kind(language, body), body)
        for language, body in FENCE.findall(text)
        if not _OF_THE_SITE.match(language)
    ]
    return fenced + [Block(page, "", body) for body in _INDENTED.findall(FENCE.sub("", text))]


def _kind(language: str, text: str) -> str:
    if language in {"", "ocaml"} and text.startswith("%"):
        return "cell"
    return {"python": "cell", "sh": "sh"}.get(language, "")
