"""Completion in `%unikernel` lines: commands, flags, names of images and machines, QMP commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from unikernel import images
from unikernel.errors import UnikernelError
from unikernel.machines import registry
from unikernel.machines.xen.xl import words

from . import mirage_arguments, why_command
from .debugging import snapshot
from .disks import ACTIONS
from .language import doc
from .measure_arguments import MEASURES
from .parsers import parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.machines import Machine

    from .arguments import Parser

_LOOKED_INTO = {"gdb", "step", "trace", "packets"}
OF_ONE_MACHINE = {"console", "logs", "panel", "pause", "resume", *_LOOKED_INTO}
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
    if args == ["mirage"]:
        return "choice", mirage_arguments.COMMANDS
    given = _positionals(command, args[1:])
    return _OF_COMMAND.get(args[0], partial(_names, args[0]))(given)


def _positionals(command: Parser, args: list[str]) -> list[str]:
    """Return `args` without flags and their values."""
    previous = ["", *args]
    return [
        arg
        for before, arg in zip(previous, args, strict=False)
        if not arg.startswith("-") and command.choices_of(before) is None
    ]


def _names(command: str, given: list[str]) -> tuple[str, Iterable[str]]:
    if command in {"boot", "export"} and not given:
        machines = [machine.name for machine in _machines()] if command == "export" else []
        return "image", dict.fromkeys((*_image_names(), *machines))
    if command in {"measure", "plot"}:
        return ("choice", MEASURES) if not given else ("image", _image_names())
    if command in {"reset", "qmp"} and not given:
        return "machine", [machine.name for machine in _machines() if machine.can_reset]
    if command == "stop" or (command in OF_ONE_MACHINE and not given):
        return "machine", [machine.name for machine in _machines()]
    if command == "qmp" and len(given) == 1:
        return "QMP command", _qmp_commands(given[0])
    return "argument", ()


def _xl(given: list[str]) -> tuple[str, Iterable[str]]:
    if not given:
        return "machine", [machine.name for machine in _machines() if machine.has_xl]
    return "xl command", (*words.SUBCOMMANDS, words.XENSTORE) if len(given) == 1 else ()


def _disks(given: list[str]) -> tuple[str, Iterable[str]]:
    if not given:
        return "choice", ACTIONS
    known = [f"{one.name}:{device}" for one in _machines() for device in one.disks]
    return "disk", known if len(given) == 1 else ()


def _snapshots(given: list[str]) -> tuple[str, Iterable[str]]:
    if not given:
        return "choice", snapshot.ACTIONS
    able = {machine.name: machine for machine in _machines() if machine.can_snapshot}
    if len(given) == 1:
        return "machine", able
    known = able[given[1]].snapshots if given[1] in able and given[0] != "save" else ()
    return "snapshot", [one.name for one in known]


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


_OF_COMMAND = {
    "snapshot": _snapshots,
    "disk": _disks,
    "doc": doc.names,
    "why": why_command.candidates,
    "xl": _xl,
}
