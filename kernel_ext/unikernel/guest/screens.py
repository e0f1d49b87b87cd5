"""Screens: all that a console showed, also what its guest has cleared since.

A terminal shows the last screen alone; a log has each, one below the other:

    what was there before
    ^[[2J
    what came after
"""

from __future__ import annotations

import re

from unikernel_toolchain.messages.visible import visible_lines

from .terminal import render

# Erase in display, reset, and the alternate screen, which a program leaves as it came; with ways
# to the upper left corner around them.
_HOME = r"\x1b\[(?:1?(?:;1?)?[Hf])"
_CLEARS = rf"(?:\x1b\[[23]J|\x1bc|\x1b\[\?(?:1049|1047|47)[hl]|{_HOME}\x1b\[0?J)"
_CLEARED = re.compile(rf"((?:{_HOME})?{_CLEARS}(?:{_HOME}|{_CLEARS})*)")


def render_all(text: str) -> str:
    """Return the lines of every screen, with what cleared each made visible on a line."""
    first, *rest = _CLEARED.split(text)
    parts = [render(first)]
    for cleared, screen in zip(rest[::2], rest[1::2], strict=True):
        parts += [visible_lines(cleared), render(screen)]
    return "\n".join(part.rstrip("\n") for part in parts if part)
