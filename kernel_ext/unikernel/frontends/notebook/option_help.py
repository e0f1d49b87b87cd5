"""Help on one word of a `%unikernel` line, from the parsers that read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unikernel.frontends.commands.completion import LINE
from unikernel.frontends.commands.parsers import parser

if TYPE_CHECKING:
    import argparse

    from unikernel.frontends.commands.arguments import Parser


def help_at(line: str, column: int) -> str | None:
    """Return the help of the word that is at a column of a line; None on lines of others.

    A flag's is its own, and so is a flag's value; all other words have their command's.
    """
    if not LINE.match(f"{line} "):
        return None
    end = column + len(re.match(r"\S*", line[column:])[0])  # type: ignore[index]
    words = line[:end].partition("unikernel")[2].split()
    if not words or words[0] not in parser().subparsers:
        return parser().format_help()
    command = parser().subparsers[words[0]]
    for word in reversed(words[-2:]):
        action = _action(command, word)
        if action and (word is words[-1] or action.nargs != 0):
            return _of_flag(command, action)
    return command.format_help()


def _action(command: Parser, word: str) -> argparse.Action | None:
    flag = word.partition("=")[0]
    named = (it for it in command.actions if flag in it.option_strings)
    return next(named, None)


def _of_flag(command: Parser, action: argparse.Action) -> str:
    formatter = command.formatter()
    formatter.start_section(f"{command.prog}, flag")
    formatter.add_argument(action)
    formatter.end_section()
    return formatter.format_help()
