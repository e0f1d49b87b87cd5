"""Config: what was asked for, before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from unikernel_toolchain.errors import BadRequest

from . import device, typed
from .configuration import Configuration, Evaluation
from .device import Device

Language = Literal["ocaml", "c"]
LANGUAGES: tuple[Language, ...] = ("ocaml", "c")
DEFAULT_TARGET = "virtio"
_LONGEST = 64  # characters of a name


def check_name(name: str) -> str:
    """Return `name` if it can name an image or a machine.

    Letters of any script, digits, spaces, and `- _ . +`; 1 to 64 characters, no leading dot or
    dash. Raises BadRequest otherwise.
    """
    if not typed.text("name", name) or len(name) > _LONGEST:
        shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST // 2]}…"
        raise BadRequest(f"A name has 1 to {_LONGEST} characters; {shown!r} has {len(name)}.")
    bad = re.sub(r"[\w\-. +]", "", name)
    if bad or name[0] in ".-" or name != name.strip():
        raise BadRequest(
            f"{name!r} cannot be a name.",
            hint="Use letters, digits, spaces and - _ . + and begin with a letter or digit.",
        )
    return name


def check_language(language: str) -> None:
    """Raise BadRequest unless programs in this language are built."""
    if language not in LANGUAGES:
        raise BadRequest(f"No language {language!r}; there are: {', '.join(LANGUAGES)}.")


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"{text[error.start]!r} in {name} is no character, and UTF-8 has no encoding for it.",
            hint="It may stand for a byte that was read in another encoding than its own.",
        ) from None


@dataclass(frozen=True)
class Config:
    """One request to build an image.

    `sources` maps a file name to its text; a notebook cell is one entry. Several OCaml files stand
    in the order to compile them, the application last. `first_line` is the line of the cell
    (1-based) at which the text begins, so that errors carry the cell's own numbers.
    `packages` are findlib names. `devices` are in order; an OCaml program that
    asks for a network and names none gets one called "service". `without_passes` are
    passes over the linked image that are turned off, see postlink/. Names of C files may have
    folders; `units` are those of them to compile, all .c files if empty: the others are included.
    `labels` maps a source's name to what errors call it, the path that a person typed.
    With a `configuration`, a config.ml names devices and packages besides; sources are then all
    that lie beside it, in any order, C among them, and those are compiled that it reaches. With an
    `evaluation` it was run for this request, and is not run again.
    """

    name: str
    sources: Mapping[str, str]
    target: str = DEFAULT_TARGET
    language: Language = "ocaml"
    packages: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    first_line: int = 1
    without_passes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    configuration: Configuration | None = None
    evaluation: Evaluation | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        device.check(self.devices)
        check_language(self.language)
        is_empty = not any(text.strip() for text in self.sources.values())
        if is_empty and not self.configuration:  # whose jobs may be devices alone
            raise BadRequest(f"Nothing to build for {self.name!r}: the source is empty.")
        for name, text in self.sources.items():
            _check_text(name, text)
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
