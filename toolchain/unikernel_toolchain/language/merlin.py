"""Answers of Merlin, where `ocamlmerlin` is installed.

It is asked once a question ("single"): a server would outlive the notebook.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unikernel_toolchain.tools.locate import find
from unikernel_toolchain.tools.run import run

from .names import Description, Name, Place

TIME_LIMIT_S = 2.0
_FILE = "cell.ml"
# Sentences in place of a documentation: the name means nothing, or nothing is written about it.
_NO_NAME = ("Not in environment", "Not a valid identifier")
_NO_COMMENT = ("No documentation", "didn't manage", "Needed")
_BUILTIN = "is a builtin"
_KINDS = {"label": "field", "signature": "module type", "variant": "constructor"}


def program() -> Path | None:
    """Return Merlin's program, None where it is not installed."""
    return find("ocamlmerlin")


def complete(merlin: Path, place: Place, folders: Iterable[str]) -> tuple[Name, ...]:
    """Return the names that may stand where one is being written; none when Merlin fails.

    Raises ToolchainError when it cannot be run in time.
    """
    words = ("complete-prefix", "-position", _position(place), "-prefix", place.prefix)
    value = _ask(merlin, (*words, "-doc", "n", "-types", "y"), place, folders)
    entries = value.get("entries") if isinstance(value, dict) else None
    return tuple(_name(entry) for entry in entries or () if isinstance(entry, dict))


def describe(merlin: Path, place: Place, folders: Iterable[str]) -> Description | None:
    """Return the type and the documentation of the name at a place; None when there is none.

    Raises ToolchainError when Merlin cannot be run in time.
    """
    where = ("-position", _position(place))
    types = _ask(merlin, ("type-enclosing", *where, "-index", "0"), place, folders)
    inner = types[0] if isinstance(types, list) and types else None
    if not isinstance(inner, dict) or not isinstance(inner.get("type"), str):
        return None
    answer = _ask(merlin, ("document", *where), place, folders)
    comment = answer if isinstance(answer, str) else ""
    if comment.startswith(_NO_NAME):
        return None
    told = "" if comment.startswith(_NO_COMMENT) or _BUILTIN in comment else comment
    kind, declaration = _declaration(place.name, inner["type"])
    return Description(place.name, kind, declaration, told)


def _declaration(name: str, type_: str) -> tuple[str, str]:
    """Return the kind of a name, and its declaration, from what Merlin calls its type."""
    if type_.startswith("(module "):
        return "module", f"module {name}"
    if type_.startswith("type "):
        return "type", type_
    if type_.startswith(("sig", "functor")):
        return "module", f"module {name} : {type_}"
    return "value", f"val {name} : {type_}"


def _name(entry: dict[str, Any]) -> Name:
    kind = str(entry.get("kind", "value")).lower()
    return Name(str(entry.get("name", "")), _KINDS.get(kind, kind), str(entry.get("desc", "")))


def _position(place: Place) -> str:
    return f"{place.line}:{place.column}"


def _ask(merlin: Path, words: Iterable[str], place: Place, folders: Iterable[str]) -> Any:
    command: list[str | Path] = [merlin, "single", *words, "-filename", _FILE]
    command += [word for folder in folders for word in ("-I", folder)]
    answer = run(command, text=place.text, time_limit_s=TIME_LIMIT_S)
    try:
        reply = json.loads(answer.stdout)
    except ValueError:
        return None
    is_answer = isinstance(reply, dict) and reply.get("class") == "return"
    return reply.get("value") if is_answer else None
