"""Answers read from compiled interfaces, by a program of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unikernel_toolchain.tools.run import run

from .names import Description, Name, Place
from .program import Program

TIME_LIMIT_S = 2.0


def complete(program: Program, place: Place, folders: Iterable[str]) -> tuple[Name, ...]:
    """Return the names that may stand where one is being written, of libraries in these folders.

    Raises ToolchainError when the program cannot be run in time.
    """
    answer = _ask(program, "complete", place, folders) or ()
    return tuple(Name(it["name"], it["kind"], it["type"]) for it in answer)


def describe(program: Program, place: Place, folders: Iterable[str]) -> Description | None:
    """Return what the name at a place means; None when that is not known.

    Raises ToolchainError when the program cannot be run in time.
    """
    it = _ask(program, "describe", place, folders)
    if not it:
        return None
    return Description(it["name"], it["kind"], it["type"], it["comment"], it["interface"])


def _ask(program: Program, question: str, place: Place, folders: Iterable[str]) -> Any:
    search = [word for folder in folders for word in ("-I", folder)]
    command: list[str | Path] = [program.path, question, str(place.offset_bytes), *search]
    # Typing a program makes what the compiler thinks of it; that it says nothing is no error.
    # A compiler that was moved tells where its library is; the compiler's library does not know.
    library = {"OCAMLLIB": str(program.tools.ocaml_library)}
    answer = run(command, variables=library, text=place.text, time_limit_s=TIME_LIMIT_S)
    return json.loads(answer.stdout) if answer.returncode == 0 else None
