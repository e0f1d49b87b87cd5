"""Documentation as text and as HTML: of OCaml's names, of modules, of packages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from textwrap import dedent, indent
from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible_lines

from .results import Result

if TYPE_CHECKING:
    from unikernel_toolchain.language.names import Description

LIMIT = 60_000  # characters of what is shown
_TAGS = re.compile(r"^\s*@(?:canonical|open|closed|inline)\b.*$", re.MULTILINE)  # for odoc alone
_CODE = re.compile(r"\{@\w*\[(.*?)\]\}|\{\[(.*?)\]\}|\{v(.*?)v\}", re.DOTALL)
_MARKUP = (  # of odoc: styles and headings, references, code
    (re.compile(r"\{(?:[bei_^]|ul|ol|li|-|\d(?::\w+)?)\s+([^{}]*)\}"), r"\1"),
    (re.compile(r"\{\{[!:][^}]*\}\s*([^{}]*)\}"), r"\1"),
    (re.compile(r"\{[!:](?:[a-z-]+:)?([^}]*)\}"), r"\1"),
    (re.compile(r"(?<![\w\[.])\[([^\[\]\n]+)\]"), r"\1"),
)


def plain(comment: str) -> str:
    """Return a doc comment without odoc's markup and the margin of its lines; code is indented."""
    parts, end = [], 0
    for code in _CODE.finditer(comment):
        parts.append(_words(comment[end : code.start()]))
        block = dedent(next(filter(None, code.groups()), "").strip("\n").rstrip())
        parts.append(indent(block, "    "))
        end = code.end()
    parts.append(_words(comment[end:]))
    return "\n\n".join(part for part in parts if part)


def _words(text: str) -> str:
    text = _TAGS.sub("", text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    first, _, rest = text.strip("\n").partition("\n")  # which stands behind the comment's mark
    lines = f"{first.strip()}\n{dedent(rest)}".splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def of_name(found: Description) -> str:
    """Return a name's declaration and its doc comment as text."""
    return "\n\n".join(part for part in (found.declaration, plain(found.comment)) if part)


def mime_bundle(text: str) -> dict[str, str]:
    """Return a text as front ends show it: escaped, and no longer than somebody reads."""
    shown = visible_lines(_bounded(text))
    return {"text/plain": shown, "text/html": f"<pre>{escape(shown)}</pre>"}


def _bounded(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}\n… ({len(text) - LIMIT} more)"


@dataclass(frozen=True, repr=False)
class Documentation(Result):
    """What is known of a name: a heading, facts, what is written about it, and its interface."""

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    interface: str = ""

    def __str__(self) -> str:
        facts = "\n".join(f"{name}: {value}" for name, value in self.facts)
        parts = (self.heading, facts, plain(self.comment), self.interface.strip())
        return visible_lines(_bounded("\n\n".join(part for part in parts if part)))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left; vertical-align: top">{_html(name)}</th>'
            f'<td style="text-align: left">{_html(value)}</td></tr>'
            for name, value in self.facts
        )
        parts = [f"<pre><b>{_html(self.heading)}</b></pre>"]
        if rows:
            parts.append(f"<table><tbody>{rows}</tbody></table>")
        if self.comment:
            text = _html(_bounded(plain(self.comment)))
            parts.append(f'<pre style="white-space: pre-wrap">{text}</pre>')
        if self.interface.strip():
            text = _html(_bounded(self.interface.strip()))
            parts.append(f"<details open><summary>Interface</summary><pre>{text}</pre></details>")
        return "".join(parts)


def _html(text: str) -> str:
    return escape(visible_lines(text))
