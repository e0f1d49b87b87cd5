"""From the files that a person names to the sources of a program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.config import Language

from . import c_includes
from .text import Sources, label, read_source

LANGUAGE_OF: dict[str, Language] = {".ml": "ocaml", ".mli": "ocaml", ".c": "c", ".h": "c"}
SUFFIX_OF: dict[Language, str] = {"ocaml": ".ml", "c": ".c"}


def language_of(named: Sequence[Path]) -> Language:
    """Return the language of these files and folders by the first suffix that tells, else OCaml."""
    for path in named:
        found = next(path.rglob("*.c"), path) if path.is_dir() else path
        if found.suffix in LANGUAGE_OF:
            return LANGUAGE_OF[found.suffix]
    return "ocaml"


def gather(named: Sequence[Path], language: Language) -> Sources:
    """Read the files of a program, those that C files include as well.

    Raises BadRequest when one cannot be read, or when they cannot make one program.
    """
    return c_includes.gather(named) if language == "c" else _gather_ocaml(named)


def _gather_ocaml(named: Sequence[Path]) -> Sources:
    texts: dict[str, str] = {}
    labels: dict[str, str] = {}
    for path in named:
        if path.is_dir():
            hint = "Name its .ml files in the order to compile them, the application last."
            raise BadRequest(f"{path} is a folder.", hint=hint)
        if path.name in texts:
            raise BadRequest(f"Two files are called {path.name}: modules have a name each.")
        texts[path.name] = read_source(path)
        labels[path.name] = label(path)
    return Sources(texts, labels=labels)
