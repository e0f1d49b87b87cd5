"""The commands and their flags: one description for magics, terminal, completion and help."""

from __future__ import annotations

import argparse
import shlex
from functools import cache
from importlib.metadata import version
from itertools import takewhile
from typing import TYPE_CHECKING

from unikernel.errors import UsageError

from .applications import arguments as application_arguments
from .arguments import HelpWanted, Parser
from .table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence


@cache
def parser() -> Parser:
    """Return the parser of all commands."""
    root = Parser(
        prog="unikernel",
        usage="unikernel COMMAND ...",
        description="Build, boot, talk to and measure unikernels.",
        epilog="unikernel COMMAND --help describes a command. No command: unikernel ps.",
    )
    commands = root.add_subparsers(
        dest="command", metavar="COMMAND", prog="unikernel", parser_class=Parser
    )
    for name, command in COMMANDS.items():
        described = f"{command.summary[0].upper()}{command.summary[1:]}."
        made = commands.add_parser(name, help=command.summary, description=described)
        command.add(made)
        if command.for_guest:
            made.epilog = "What comes after -- are the guest's arguments."
    root.subparsers = commands.choices
    return root


def split(line: str) -> list[str]:
    """Split a line into arguments as a shell does. Raises UsageError on a quote left open."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"The line cannot be split into arguments: {error}.") from error


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command; what comes after `--` are its `arguments`, the guest's.

    Raises UsageError, or HelpWanted when help was asked for.
    """
    if argv and argv[0] == "--version":
        raise HelpWanted(f"unikernel {version('jupyter-unikernel')}")
    row = COMMANDS.get(argv[0] if argv else "ps")
    if row and row.parse and (parsed := row.parse(parser(), argv)):
        return parsed
    own = list(takewhile(lambda arg: arg != "--", argv)) or ["ps"]
    root = parser()
    command = root.subparsers.get(own[0])
    for_guest = row is not None and row.for_guest
    if command and for_guest:
        application_arguments.refuse_keys(command, own, argv[len(own) + 1 :])
    (command or root).refuse_unknown_flags(own)
    options = argparse.Namespace(arguments=argv[len(own) + 1 :], command=own[0])
    if command:  # operands may stand between and after flags
        options, extra = command.parse_known_intermixed_args(own[1:], options)
    else:
        options, extra = root.parse_known_args(own, options)
    if options.arguments and not for_guest:
        raise UsageError(f"{own[0]} takes no arguments for the guest.")
    if extra:
        usage = " ".join((command or root).format_usage().split())
        hint = "Arguments for the guest come after --" if for_guest else f"U{usage[1:]}"
        raise UsageError(f"{own[0]} does not take {shlex.join(extra)}.", hint=hint)
    return options
