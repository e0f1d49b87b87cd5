"""Texts of source files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError


@dataclass(frozen=True)
class Sources:
    """Texts of files by name, and which of them are to be compiled: all, if `units` is empty."""

    texts: dict[str, str]
    units: tuple[str, ...] = ()


def read_source(path: Path) -> str:
    """Return a source file's text. Raises UsageError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "The file holds the program's text; look at its name and folder."
        raise UsageError(f"Cannot read {path}: {error}.", hint=hint) from error
