"""Every command with its arguments, from the parsers that read them."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from unikernel.frontends.commands.applications import mirage as mirage_tool
from unikernel.frontends.commands.parsers import parser
from unikernel.frontends.commands.table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unikernel.frontends.commands.arguments import Parser


def commands() -> str:
    """Return a section for each command."""
    parsers = parser().subparsers
    return "\n".join("\n".join(_section(name, parsers[name], _notes(name))) for name in COMMANDS)


def mirage() -> str:
    """Return a section for each command of `unikernel mirage`."""
    parsers = mirage_tool.parsers()
    return "\n".join("\n".join(_section(f"mirage {name}", parsers[name], ())) for name in parsers)


def _notes(name: str) -> Iterator[str]:
    if COMMANDS[name].takes_cell:
        yield f"As `%%unikernel {name}` it stands above a cell."
    if COMMANDS[name].for_guest:
        yield "What comes after `--` are the guest's arguments."


def _section(name: str, described: Parser, notes: Iterable[str]) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{described.description or ''}\n"
    yield f"```text\n{described.format_usage().removeprefix('usage: ').rstrip()}\n```\n"
    yield from (f"{note}\n" for note in notes)
    actions = [action for action in described.actions if action.help is not argparse.SUPPRESS]
    yield "| argument | is |\n|---|---|"
    for action in actions:
        yield f"| {_names(action)} | {_plain(_help(action))} |"
    yield ""
    if described.epilog and described.epilog not in notes:
        yield f"{described.epilog}\n"


def _names(action: argparse.Action) -> str:
    """Return how an argument is written, with the word that stands for its value."""
    value = action.metavar if isinstance(action.metavar, str) else None
    if value is None and action.choices:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    value = value or action.dest.upper()
    if not action.option_strings:
        return _code(value) + (" …" if action.nargs in {"*", "+"} else "")
    takes = "" if action.nargs == 0 else f" {value}"
    return ", ".join(_code(f"{option}{takes}") for option in action.option_strings)


def _help(action: argparse.Action) -> str:
    text = action.help or ""
    choices = [str(choice) for choice in action.choices or ()]
    if "{" in _names(action) or all(choice in text for choice in choices):
        return text
    return f"{text} ({', '.join(choices)})"


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _plain(text: str) -> str:
    """Return a text for a table, in which nothing is markup."""
    return re.sub(r"([\\`*_|<\[\]~])", r"\\\1", text)
