"""Where in a config.ml something is named: the place of errors that are found behind it."""

from __future__ import annotations

import re
from typing import NamedTuple

from unikernel_toolchain.model.configuration import Configuration

_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)


class Place(NamedTuple):
    """A text in quotes: its line, counted as errors do, its column in bytes, and its length."""

    line: int
    column: int
    length: int


def quoted(configuration: Configuration, text: str) -> Place | None:
    """Return where config.ml first has this text in quotes, in no comment; None if nowhere."""
    code = _code(configuration)
    found = code.find(f'"{text}"')
    return _place(configuration, code, found, text) if found >= 0 else None


def of_library(configuration: Configuration, library: str) -> Place | None:
    """Return where config.ml asks for a library: itself, its part of a package, or the package."""
    package, _, part = library.partition(".")
    return quoted(configuration, library) or (
        _part(configuration, package, part) or quoted(configuration, package)
    )


def _part(configuration: Configuration, package: str, part: str) -> Place | None:
    """Return where a part is named beside its package, with no other package in between."""
    code = _code(configuration)
    apart = r"(?:(?!\bpackage\b).)*?"
    names = f'"{re.escape(package)}"', f'(?P<part>"{re.escape(part)}")'
    for first, second in (names, names[::-1]):
        if found := re.search(f"{first}{apart}{second}", code, re.DOTALL):
            return _place(configuration, code, found.start("part"), part)
    return None


def _place(configuration: Configuration, code: str, start: int, text: str) -> Place:
    before = code[:start]
    column = len(before.rpartition("\n")[2].encode())
    line = configuration.first_line + before.count("\n")
    return Place(line, column, len(f'"{text}"'.encode()))


def _code(configuration: Configuration) -> str:
    """Return the text without its comments: what stands behind one keeps its line and column."""
    return _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), configuration.text)
