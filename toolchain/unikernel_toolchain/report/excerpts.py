"""Shows the source's own lines below each place a compiler complains about.

Compilers cannot do it themselves where line numbers are a cell's and not a file's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_OCAML = re.compile(
    r'^File "(?P<label>[^"]+)", lines? (?P<line>\d+)(?P<more>-\d+)?, '
    r"characters (?P<start>\d+)-(?P<end>\d+):$",
    re.MULTILINE,
)
_OCAML_EXCERPT = re.compile(r"^(?: *\d+ \| .*\n(?:[ \t]*[\^.]+[ \t]*\n)?)+", re.MULTILINE)
_SIGNATURE = re.compile(r"^( *)sig\n((?:\1 .*\n)+)\1end$", re.MULTILINE)
_SIGNATURE_LINES = 20  # of a signature that is shown whole
_C = re.compile(
    r"^(?P<label>[^\n:]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?(?:error|warning): .*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Sources:
    """Source texts by the label compilers know them by, and the number of their first line."""

    texts: Mapping[str, str]
    first_line: int

    def line(self, label: str, number: int) -> str | None:
        """Return a line by its number, None when there is no such line."""
        lines = self.texts.get(label, "").splitlines()
        index = number - self.first_line
        return lines[index] if 0 <= index < len(lines) else None


def in_ocaml(output: str, sources: Sources) -> str:
    """Return what ocamlopt wrote, with the source's lines in it."""

    def show(place: re.Match[str]) -> str:
        line = sources.line(place["label"], int(place["line"]))
        if line is None:
            return place.group()
        end = len(line.encode()) if place["more"] else int(place["end"])
        shown = _excerpt(line, int(place["line"]), int(place["start"]), end)
        return f"{place.group()}\n{shown}"

    return _OCAML.sub(show, _SIGNATURE.sub(_shorten, _OCAML_EXCERPT.sub("", output)))


def _shorten(signature: re.Match[str]) -> str:
    """Leave out what a long signature holds: the compiler names what it lacks behind it."""
    if signature[2].count("\n") <= _SIGNATURE_LINES:
        return signature.group()
    return f"{signature[1]}sig … end"


def plain(output: str) -> str:
    """Return what ocamlopt wrote in one line, and without the quotes that it has from 5.3 on."""
    return " ".join(output.split()).replace('"', "")


def marked(output: str, sources: Sources) -> str:
    """Return the source's text at the first place that ocamlopt named, of its first line."""
    for place in _OCAML.finditer(output):
        line = sources.line(place["label"], int(place["line"]))
        if line is not None:
            end = None if place["more"] else int(place["end"])
            return line.encode()[int(place["start"]) : end].decode(errors="replace")
    return ""


def in_c(output: str, sources: Sources) -> str:
    """Return what gcc wrote, with the source's lines in it."""

    def show(place: re.Match[str]) -> str:
        line = sources.line(place["label"], int(place["line"]))
        if line is None:
            return place.group()
        start = int(place["column"]) - 1
        shown = _excerpt(line, int(place["line"]), start, start + 1)
        return f"{place.group()}\n{shown}"

    return _C.sub(show, output)


def _excerpt(line: str, number: int, start: int, end: int) -> str:
    """Return the line with its number and a mark below bytes `start` to `end`."""
    encoded = line.encode()
    before = encoded[:start].decode(errors="replace")
    marked = encoded[start:end].decode(errors="replace")
    margin = f"{number} | "
    indent = " " * len(margin) + re.sub(r"[^\t]", " ", before)
    return f"{margin}{line}\n{indent}{'^' * max(len(marked), 1)}"


def first_error_line(output: str) -> int | None:
    """Return the line of the first error, as the compiler numbers it; None when it names none."""
    places = sorted([*_OCAML.finditer(output), *_C.finditer(output)], key=lambda p: p.start())
    for place in places:
        rest = output[place.start() :]
        severity = re.search(r"^.*?\b(error|warning)\b", rest, re.MULTILINE | re.IGNORECASE)
        if severity and severity[1].lower() == "error":
            return int(place["line"])
    return None
