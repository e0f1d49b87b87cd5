"""Completion in `%unikernel` lines: commands, flags, names of images and machines, QMP commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel import images
from unikernel.errors import UnikernelError
from unikernel.machines import registry

from .measure_arguments import MEASURES
from .parsers import parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.machines import Machine

    from .arguments import Parser

OF_ONE_MACHINE = {"console", "logs", "panel", "pause", "resume"}
LINE = re.compile(r"^\s*(?:[\w, ]+=\s*)?%%?unikernel\s+(?P<words>.*)$")


@dataclass(frozen=True)
class Completions:
    """What may stand in place of `fragment`, the unfinished word before the cursor."""

    fragment: str
    words: tuple[str, ...]
    kind: str


def complete(before: str) -> Completions | None:
    """Return what may follow `before`, a line up to the cursor; None on lines of others."""
    line = LINE.match(before)
    if line is None:
        return None
    fragment = re.search(r"\S*$", line["words"])
    typed = fragment[0] if fragment else ""
    words = line["words"][: len(line["words"]) - len(typed)].split()
    kind, known = _candidates(words, typed)
    fitting = sorted(word for word in map(shlex.quote, known) if word.startswith(typed))
    return Completions(typed, tuple(fitting), kind)


def _candidates(words: list[str], typed: str) -> tuple[str, Iterable[str]]:
    commands = parser().subparsers
    if not words:
        return "command", commands
    command = commands.get(words[0])
    if command is None or "--" in words:
        return "word", ()
    if typed.startswith("-"):
        return "flag", command.flags
    choices = command.choices_of(words[-1])
    if choices is not None:
        return "choice", choices
    return _names(words[0], _positionals(command, words[1:]))


def _positionals(command: Parser, words: list[str]) -> list[str]:
    """Return `words` without flags and their values."""
    previous = ["", *words]
    return [
        word
        for before, word in zip(previous, words, strict=False)
        if not word.startswith("-") and command.choices_of(before) is None
    ]


def _names(command: str, given: list[str]) -> tuple[str, Iterable[str]]:
    if command == "boot" and not given:
        return "image", _image_names()
    if command in {"measure", "plot"}:
        return ("choice", MEASURES) if not given else ("image", _image_names())
    if command in {"reset", "qmp"} and not given:
        return "machine", [machine.name for machine in _machines() if machine.can_reset]
    if command == "stop" or (command in OF_ONE_MACHINE and not given):
        return "machine", [machine.name for machine in _machines()]
    if command == "qmp" and len(given) == 1:
        return "QMP command", _qmp_commands(given[0])
    return "word", ()


def _image_names() -> list[str]:
    return [image.name for image in images.images()]


def _machines() -> tuple[Machine, ...]:
    return (*registry.machines(), *registry.others())


def _qmp_commands(name: str) -> tuple[str, ...]:
    try:
        reply = registry.machine(name).qmp("query-commands")
    except (UnikernelError, TimeoutError):
        return ()
    return tuple(entry["name"] for entry in reply) if isinstance(reply, list) else ()
