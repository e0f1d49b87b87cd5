"""Completion in `%unikernel` lines: commands, flags, names of images and machines, QMP commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .language import doc
from .parsers import parser
from .table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .arguments import Parser

PACKAGE_FLAGS = ("-p", "--package")
LINE = re.compile(r"^\s*(?:[\w, ]+=\s*)?%%?unikernel\s+(?P<args>.*)$")


@dataclass(frozen=True)
class Completions:
    """What may stand in place of `fragment`, the unfinished argument before the cursor."""

    fragment: str
    candidates: tuple[str, ...]
    kind: str


def complete(before: str) -> Completions | None:
    """Return what may follow `before`, a line up to the cursor; None on lines of others."""
    line = LINE.match(before)
    if line is None:
        return None
    fragment = re.search(r"\S*$", line["args"])
    typed = fragment[0] if fragment else ""
    args = line["args"][: len(line["args"]) - len(typed)].split()
    kind, known = _candidates(args, typed)
    fitting = sorted(name for name in map(shlex.quote, known) if name.startswith(typed))
    return Completions(typed, tuple(fitting), kind)


def _candidates(args: list[str], typed: str) -> tuple[str, Iterable[str]]:
    commands = parser().subparsers
    if not args:
        return "command", commands
    command = commands.get(args[0])
    if command is None or "--" in args:
        return "argument", ()
    if typed.startswith("-"):
        return "flag", command.flags
    of_flag = command.choices_of(args[-1])
    choices = doc.packages() if args[-1] in PACKAGE_FLAGS else of_flag
    if choices is not None:
        return "choice", choices
    return COMMANDS[args[0]].operands(_positionals(command, args[1:]))


def _positionals(command: Parser, args: list[str]) -> list[str]:
    """Return `args` without flags and their values."""
    previous = ["", *args]
    return [
        arg
        for before, arg in zip(previous, args, strict=False)
        if not arg.startswith("-") and command.choices_of(before) is None
    ]
