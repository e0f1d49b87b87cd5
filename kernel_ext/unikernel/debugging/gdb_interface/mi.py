"""What gdb says in its machine interface (GDB/MI), line by line.

    TOKEN^CLASS,RESULTS   the answer to the command with that number: done, running, error, exit
    *CLASS,RESULTS        the guest runs, or has stopped and why
    =CLASS,RESULTS        what else changed: breakpoints, settings
    ~"TEXT"  &"TEXT"      what gdb would have printed; what it says of mistakes
    @"TEXT"               what the target says; (gdb)

Source: "GDB/MI Output Syntax" in gdb's manual. Where gdb strays from that (results in lists,
names that come twice), the last one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_RECORD = re.compile(r"(\d*)([\^*=])([\w-]+)")
_NAME = re.compile(r"[\w-]+(?==)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}
_DEEPEST = 32  # frames in lists in tuples: gdb nests a handful


@dataclass(frozen=True)
class Record:
    """One line: `sign` is its kind (one of `^*=~&@`), `text` that of a stream."""

    sign: str
    token: int | None = None
    name: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    text: str = ""


def record(line: str) -> Record | None:
    """Return what a line says; None for a prompt and for what is no record."""
    sign = line[:1]
    if sign in tuple("~&@"):
        found = _STRING.match(line, 1)
        return Record(sign, text=_unescaped(found[1])) if found else None
    head = _RECORD.match(line)
    if head is None:
        return None
    token = int(head[1]) if head[1] else None
    return Record(head[2], token, head[3], _Results(line, head.end()).all())


class _Results:
    """Reads results from a place in a line; what cannot be read ends them."""

    def __init__(self, line: str, at: int) -> None:
        self._line, self._at = line, at

    def all(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._take(","):
            found |= self._result(_DEEPEST)
        return found

    def _take(self, character: str) -> bool:
        taken = self._line.startswith(character, self._at)
        self._at += taken
        return taken

    def _result(self, depth: int) -> dict[str, Any]:
        name = _NAME.match(self._line, self._at)
        if not name:
            return {}
        self._at = name.end() + 1
        return {name[0]: self._value(depth)}

    def _value(self, depth: int) -> Any:
        if string := _STRING.match(self._line, self._at):
            self._at = string.end()
            return _unescaped(string[1])
        if depth and self._take("{"):
            found: dict[str, Any] = {}
            while not self._take("}") and (more := self._result(depth - 1)):
                found |= more
                self._take(",")
            return found
        if depth and self._take("["):
            return self._list(depth - 1)
        return ""

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        while not self._take("]") and self._at < len(self._line):
            before = self._at
            named = self._result(depth)
            found.append(next(iter(named.values())) if named else self._value(depth))
            self._take(",")
            if self._at == before:
                break
        return found


def _unescaped(text: str) -> str:
    """Return the text of a C string; bytes that are no UTF-8 are replaced."""
    data = _ESCAPE.sub(_byte, text.encode("utf-8", "replace"))
    return data.decode("utf-8", "replace")


def _byte(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    if escaped.isdigit():
        return bytes([int(escaped, 8) & 0xFF])
    return _LETTERS.get(escaped, escaped)


def quoted(text: str) -> str:
    """Return a text as a C string, as gdb takes it in a command."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
