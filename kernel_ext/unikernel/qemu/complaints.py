"""What QEMU writes on stderr, shortened to what a person can use."""

from __future__ import annotations

import re

LONGEST = 200  # characters
_REGISTERS = re.compile(r"^[ER]AX=")  # begins the dump of the CPU's state
_SPEAKER = re.compile(r"^\S*qemu[\w.-]*: |^error: ")


def first(errors: bytes | str | None) -> str:
    """Return what QEMU complained of, in one line, without the CPU's registers; "" if nothing."""
    text = errors.decode("utf-8", "replace") if isinstance(errors, bytes) else errors or ""
    words: list[str] = []
    for line in text.splitlines():
        if _REGISTERS.match(line):
            break
        words += [_told(line)] if line.strip() and "warning:" not in line else []
    return ", ".join(words)[:LONGEST]


def _told(line: str) -> str:
    """Return a line without the name of the program, which every complaint begins with."""
    line = line.strip()
    while (shorter := _SPEAKER.sub("", line)) != line:
        line = shorter
    return line
