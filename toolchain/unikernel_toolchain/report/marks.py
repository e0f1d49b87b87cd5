"""Where in a cell a compiler complains, and of what: places that an editor can underline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
LIMIT = 100  # marks of one cell
MESSAGE_LIMIT = 2000  # characters
_LABEL = r"(?:cell|config) [^\"\n:]+"  # what errors call a cell: no file's path
_OCAML = re.compile(
    rf'^File "{_LABEL}", lines? (?P<line>\d+)(?:-(?P<end_line>\d+))?, '
    r"characters (?P<start>\d+)-(?P<end>\d+):$"
)
_C = re.compile(
    rf"^{_LABEL}:(?P<line>\d+):(?P<start>\d+): (?:fatal )?(?P<severity>error|warning): (?P<text>.*)"
)
_LINKER = re.compile(
    rf"^{_LABEL}, line (?P<line>\d+): (?P<text>undefined reference to `(?P<name>\w+)')"
)
_PLACE = re.compile(rf'^File "|^{_LABEL}(?::\d|: In |, line \d)')
_EXCERPT = re.compile(r"^ *\d+ \| |^[ .\t]*\^[\^ .\t]*$")
_WORD = re.compile(r"\w+")
_START = re.compile(r"(?:let|and)\s+(?:rec\s+)?(?P<name>start)\b(?!')")  # of the module itself


@dataclass(frozen=True)
class Mark:
    """A complaint: lines as in the cell, the first is 1; columns in characters, the first is 0.

    `text` is the first of its lines, by which a reader can tell whether it is still the same.
    """

    severity: Severity
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    text: str


def marks(output: str, source: str, first_line: int) -> tuple[Mark, ...]:
    """Return what compilers wrote of a cell's program, whose first line has this number there."""
    cell = _Cell(tuple(source.split("\n")), first_line)
    found: dict[tuple[int, int, str], Mark] = {}
    written = output.split("\n")
    for index, head in enumerate(written):
        mark = _of_ocaml(head, written[index + 1 :], cell) or _of_c(head, cell)
        if mark:
            found.setdefault((mark.line, mark.column, mark.message), mark)
    return tuple(found.values())[:LIMIT]


def of_start(message: str, source: str, first_line: int) -> Mark | None:
    """Return where a program's start is that cannot be called, or would be; None for no program."""
    cell = _Cell(tuple(source.split("\n")), first_line)
    numbered = [it for it in enumerate(cell.lines, first_line) if it[1].strip()]
    starts = [(number, found) for number, line in numbered if (found := _START.match(line))]
    if starts:
        number, found = starts[-1]
        begin, end = found.span("name")
    elif numbered:
        number, line = numbered[-1]
        begin, end = len(line) - len(line.lstrip()), len(line.rstrip())
    else:
        return None
    return cell.mark("error", (number, begin), (number, end), message)


def of_word(message: str, word: str, line: str, number: int) -> Mark | None:
    """Return where a word stands in a command line; None when it is not written there."""
    found = re.search(rf"(?<![\w.+-]){re.escape(word)}(?![\w.+-])", line)
    if not found:
        return None
    begin, end = found.span()
    return _Cell((line,), number).mark("error", (number, begin), (number, end), message)


@dataclass(frozen=True)
class _Cell:
    """The lines of a program; the first has this number."""

    lines: tuple[str, ...]
    first_line: int

    def line(self, number: int) -> str:
        index = number - self.first_line
        return self.lines[index] if 0 <= index < len(self.lines) else ""

    def at_byte(self, number: int, count: int) -> tuple[int, int]:
        """Return the place behind so many bytes of a line."""
        return number, len(self.line(number).encode()[:count].decode(errors="replace"))

    def mark(
        self, severity: Severity, begin: tuple[int, int], end: tuple[int, int], message: str
    ) -> Mark:
        return Mark(severity, *begin, *end, message[:MESSAGE_LIMIT], self.line(begin[0]))


def _of_ocaml(head: str, following: list[str], cell: _Cell) -> Mark | None:
    place = _OCAML.match(head)
    message = "\n".join(_body(following)).strip() if place else ""
    if not place or not message:
        return None
    line = int(place["line"])
    begin = cell.at_byte(line, int(place["start"]))
    end = cell.at_byte(int(place["end_line"] or line), int(place["end"]))
    return cell.mark("error" if message.startswith("Error") else "warning", begin, end, message)


def _body(following: list[str]) -> Iterator[str]:
    """Return the lines that belong to a place: up to the next one, without the source's own."""
    for line in following:
        if _PLACE.match(line):
            return
        if not _EXCERPT.match(line):
            yield line


def _of_c(head: str, cell: _Cell) -> Mark | None:
    if place := _LINKER.match(head):
        line = int(place["line"])
        column = max(cell.line(line).find(place["name"]), 0)
        end = line, column + len(place["name"])
        return cell.mark("error", (line, column), end, place["text"])
    place = _C.match(head)
    if not place:
        return None
    line, column = cell.at_byte(int(place["line"]), int(place["start"]) - 1)
    word = _WORD.match(cell.line(line), column)
    end = line, word.end() if word else column + 1
    severity: Severity = "error" if place["severity"] == "error" else "warning"
    return cell.mark(severity, (line, column), end, place["text"])
