"""Config: what was asked for, before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from .errors import UsageError

Language = Literal["ocaml", "c"]
LANGUAGES: tuple[Language, ...] = ("ocaml", "c")


def check_name(name: str) -> str:
    """Return `name` if it can name an image or a machine.

    Letters of any script, digits, spaces, and `- _ . +`; 1 to 64 characters, no leading dot or
    dash. Raises UsageError otherwise.
    """
    if not name or len(name) > 64:
        raise UsageError(f"A name has 1 to 64 characters; {name!r} has {len(name)}.")
    bad = re.sub(r"[\w\-. +]", "", name)
    if bad or name[0] in ".-" or name != name.strip():
        raise UsageError(
            f"{name!r} cannot be a name.",
            hint="Use letters, digits, spaces and - _ . + and begin with a letter or digit.",
        )
    return name


@dataclass(frozen=True)
class Config:
    """One request to build an image.

    `sources` maps a file name to its text; a notebook cell is one entry. Several OCaml files stand
    in the order to compile them, the application last. `first_line` is the line of the cell
    (1-based) at which the text begins, so that errors carry the cell's own numbers.
    `packages` are findlib names. `symbols` puts the table of function names into the image that
    fault reports are printed with.
    """

    name: str
    sources: Mapping[str, str]
    target: str = "virtio"
    language: Language = "ocaml"
    packages: tuple[str, ...] = ()
    first_line: int = 1
    symbols: bool = True
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.language not in LANGUAGES:
            raise UsageError(f"No language {self.language!r}; there are: {', '.join(LANGUAGES)}.")
        if not self.sources or not any(text.strip() for text in self.sources.values()):
            raise UsageError(f"Nothing to build for {self.name!r}: the source is empty.")
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
