"""Docstrings as reStructuredText: ours are plain text, with code that is indented."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

_DRAWN = re.compile(r"^[├└│]", re.MULTILINE)  # a tree
_MARK = re.compile(r"(?<!`)(\*{1,2}|\|)(?=\w)")  # would open emphasis or a substitution


def restructured(text: str) -> str:
    """Return a docstring with blocks of code and drawn trees as such, and all else as words."""
    return "\n\n".join(_blocks(re.split(r"\n\s*\n", text.rstrip())))


def _blocks(paragraphs: list[str]) -> Iterator[str]:
    for kind, found in groupby(paragraphs, _kind):
        block = "\n\n".join(found)
        if kind:
            yield f".. code-block:: {kind}\n\n" + re.sub("^", "   ", block, flags=re.MULTILINE)
        else:
            yield _MARK.sub(r"\\\1", block)


def _kind(paragraph: str) -> str:
    if _DRAWN.search(paragraph):
        return "text"
    return "python" if paragraph.startswith("    ") else ""


def _process(*event: Any) -> None:
    lines: list[str] = event[-1]
    lines[:] = [*restructured("\n".join(lines)).splitlines(), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
