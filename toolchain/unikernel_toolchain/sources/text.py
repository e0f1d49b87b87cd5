"""Texts of source files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from unikernel_toolchain.errors import BadRequest

# Quotes, what ends a place, controls, and bytes that are no UTF-8.
_UNFIT = re.compile('["\\\\:\\x00-\\x1f\\x7f\\ud800-\\udfff]')


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
    return _UNFIT.sub("_", path.name) if _UNFIT.search(str(path)) else str(path)


def shown(folder: Path) -> str:
    """Return a folder as people read of it: dots alone say nothing, so what they mean is added."""
    if str(folder) == ".":
        return f"this folder, {folder.absolute()}"
    if set(str(folder)) <= set("./"):
        return f"{folder}, which is {folder.resolve()}"
    return str(folder)


def near(path: Path) -> Path:
    """Return the shorter way to a path from here: relative where it lies below, else absolute."""
    there, here = path.resolve(), Path.cwd().resolve()
    return there.relative_to(here) if there.is_relative_to(here) else there


def read_source(path: Path) -> str:
    """Return a source file's text. Raises BadRequest when it cannot be read."""
    try:
        contents = path.read_bytes()
    except OSError as error:
        hint = "The file holds the program's text; look at its name and folder."
        raise BadRequest(f"Cannot read {path}: {error}.", hint=hint) from error
    return _decoded(contents, path)


def _decoded(contents: bytes, path: Path) -> str:
    """Return the text, without a byte order mark, its lines ended as Python ends them."""
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        wrong = contents[error.start]
        raise _no_utf8(path, f"byte 0x{wrong:02x} in line {line} belongs to another") from None
    if "\0" in text:
        raise _no_utf8(path, "it has bytes that are zero, as UTF-16 and programs have")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_utf8(path: Path, why: str) -> BadRequest:
    return BadRequest(
        f"{path} is not in the encoding UTF-8: {why}.",
        hint="Save it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8 (-f UTF-16 for UTF-16).",
    )
