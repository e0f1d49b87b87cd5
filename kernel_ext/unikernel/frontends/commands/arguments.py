"""An argument parser for people: it never exits, never prints, and suggests what was meant."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, NoReturn

from unikernel.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

_GIVEN = "_given"  # in a namespace while it is filled: what was given a value
UNITS_MIB = {"": 1, "M": 1, "G": 1024}


class HelpWanted(Exception):
    """The arguments asked for help; `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        raise HelpWanted(parser.format_help())


class _Once(argparse._StoreAction):  # noqa: SLF001 - the class of "store"; it has no other name
    """Takes one value: a second is a mistake, of which one would be lost without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        given = vars(namespace).setdefault(_GIVEN, set())
        if option_string and self.dest in given:
            flag = "/".join(self.option_strings)
            raise UsageError(
                f"{parser.prog} takes one {flag}, and there are two.", hint="Leave one of them out."
            )
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """argparse with UsageError for every mistake."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, **options)
        for name in (None, "store"):
            self.register("action", name, _Once)
        self.flags: set[str] = set()
        self.values: dict[str, tuple[str, ...]] = {}
        self.subparsers: dict[str, Parser] = {}
        self.add_argument(
            "-h", "--help", action=_Help, nargs=0, dest=argparse.SUPPRESS, help="show this"
        )

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        """Add an argument, remembering its flags for suggestions and completion."""
        action = super().add_argument(*names, **options)
        self.flags.update(action.option_strings)
        if action.nargs != 0:
            choices = tuple(map(str, action.choices or ()))
            self.values.update(dict.fromkeys(action.option_strings, choices))
        return action

    @property
    def actions(self) -> tuple[argparse.Action, ...]:
        """The arguments it takes."""
        return tuple(self._actions)

    def formatter(self) -> argparse.HelpFormatter:
        """Return what lays help out."""
        return self._get_formatter()

    def choices_of(self, flag: str) -> tuple[str, ...] | None:
        """Return what may follow `flag`: () when anything may, None when it takes no value."""
        return self.values.get(flag)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, never print and exit."""
        raise UsageError(f"{self.prog}: {message}.", hint=f"See: {self.prog} --help")

    def refuse_unknown_flags(self, argv: Sequence[str]) -> None:
        """Raise UsageError naming the nearest flag when one of `argv` is a flag not known."""
        for arg in argv:
            flag = arg.partition("=")[0] if arg.startswith("--") else arg[:2]
            if re.match(r"--?[A-Za-z]", arg) and flag not in self.flags:
                known = [name for name in self.flags if name.startswith("--")]
                raise UsageError(f"{self.prog} has no flag {flag}.", hint=did_you_mean(flag, known))

    def _parse_known_args(
        self, arg_strings: list[str], namespace: argparse.Namespace, *rest: Any
    ) -> tuple[argparse.Namespace, list[str]]:
        try:
            return super()._parse_known_args(arg_strings, namespace, *rest)
        finally:
            vars(namespace).pop(_GIVEN, None)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            option = (*action.option_strings[-1:], str(action.metavar))[0]
            what = "No command" if self.subparsers else f"{self.prog} {option} cannot be"
            hint = did_you_mean(str(value), map(str, action.choices))
            raise UsageError(f"{what} {value!r}.", hint=hint)


def memory_mib(text: str) -> int:
    """Return the MiB that `64`, `64M`, `64MiB` or `1G` mean. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d+)\s*([MG]?)(i?B)?", text, re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of memory; write MiB, such as 64")
    return int(match[1]) * UNITS_MIB[match[2].upper()]


def variable(text: str) -> tuple[str, str]:
    """Return name and value of `NAME=VALUE`. Raises ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def count(text: str) -> int:
    """Return a whole number of at least 1. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def seconds(text: str) -> float:
    """Return a time span of zero or more seconds. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value
