"""Texts of source files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UsageError

_UNFIT = re.compile(r'["\\:\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Sources:
    """Texts of files by name, and which of them are to be compiled: all, if `units` is empty.

    `labels` are what errors call them.
    """

    texts: dict[str, str]
    units: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


def label(path: Path) -> str:
    """Return a file's path if compilers can carry it in a line directive, else its name."""
    return path.name if _UNFIT.search(str(path)) else str(path)


def read_source(path: Path) -> str:
    """Return a source file's text. Raises UsageError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "The file holds the program's text; look at its name and folder."
        raise UsageError(f"Cannot read {path}: {error}.", hint=hint) from error
