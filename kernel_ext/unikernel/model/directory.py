"""Directories: folders of the host that a guest keeps values in (mirage-kv-unix). Values only.

data                    what the guest sets is in the folder
data,ro                 the guest only reads
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import UsageError, did_you_mean
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed

from .devices import by_name

READ_ONLY = ",ro"
MOST = 8  # of one guest


@dataclass(frozen=True)
class Directory:
    """A folder of the host, below which a guest reads and, unless `read_only`, writes files."""

    path: str  # absolute
    read_only: bool = False

    def __post_init__(self) -> None:
        path = typed.text("path", self.path)
        if not path or "\0" in path:
            raise UsageError(
                f"{visible(path)!r} cannot be a folder's name.", hint="Write --kv data=FOLDER."
            )
        object.__setattr__(self, "path", str(Path(path).expanduser().absolute()))

    def __str__(self) -> str:
        """Return the text form, which `parse` reads."""
        return self.path + (READ_ONLY if self.read_only else "")


def parse(text: str) -> Directory:
    """Return the directory of `DIR[,ro]`. Raises UsageError."""
    path = text.removesuffix(READ_ONLY)
    return Directory(path, read_only=path != text)


def assignment(text: str) -> tuple[str, Directory]:
    """Return name and directory of `NAME=DIR[,ro]`; of a bare `DIR` the name is "".

    Raises UsageError.
    """
    name, equals, rest = text.partition("=")
    if equals and re.fullmatch(r"\w+", name):
        return name, parse(rest)
    return "", parse(text)


def parse_each(chosen: Mapping[str, object]) -> dict[str, Directory]:
    """Return `chosen` with its texts and paths made directories. Raises UsageError."""
    return {name: _directory(name, one) for name, one in chosen.items()}


def assign(declared: Sequence[str], chosen: Mapping[str, Directory]) -> dict[str, Directory]:
    """Return the directories of an image that declares these names, in their order.

    A program that connects by name by itself declares none, and is given what was chosen. Raises
    UsageError for a name that is not declared, or has no directory.
    """
    named = by_name(declared or ("data",), chosen)
    if len(named) > MOST:
        raise UsageError(f"A guest has {MOST} folders of the host at most.")
    if not declared:
        return named
    for name in named:
        if name not in declared:
            raise UsageError(
                f"The image has no folder {visible(name)!r}.", hint=did_you_mean(name, declared)
            )
    for name in declared:
        if name not in named:
            raise UsageError(
                f"The image keeps values in a folder {name!r}, and none is named for it.",
                hint=f"Name one: --kv {name}=FOLDER, or --kv {name}=FOLDER,ro to read only.",
            )
    return {name: named[name] for name in declared}


def _directory(name: str, value: object) -> Directory:
    if isinstance(value, Directory):
        return value
    if isinstance(value, str | Path):
        return parse(str(value))
    raise UsageError(
        f"The folder of {visible(name)!r} cannot be {typed.brief(value)}.",
        hint='Folders are named {"data": "FOLDER"}.',
    )
