"""Command: one row of the table of commands, all that is said of it anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Sequence

    from .arguments import Parser
    from .call import Call


def bare(_: Parser) -> None:
    """Add nothing: the command takes no arguments."""


def nothing(_: list[str]) -> tuple[str, Iterable[str]]:
    """Return no candidates: an operand may be anything."""
    return "argument", ()


class Command(NamedTuple):
    """What a command takes and does.

    `add` describes its arguments to a parser. `run` does it; None where parsing makes another
    command of it. `operands` are the kind and the candidates of the operand after those given.
    `parse` reads a line in a way of its own, given the parser of all commands and the whole line;
    None where that line is read as every other. `takes_cell` is for what may stand above a program,
    `for_guest` for what takes the guest's arguments behind `--`.
    """

    add: Callable[[Parser], None]
    summary: str
    run: Callable[[Call], object] | None
    operands: Callable[[list[str]], tuple[str, Iterable[str]]] = nothing
    parse: Callable[[Parser, Sequence[str]], Namespace | None] | None = None
    takes_cell: bool = False
    for_guest: bool = False
