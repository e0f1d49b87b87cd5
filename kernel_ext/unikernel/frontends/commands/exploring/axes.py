"""Axes and settings as a command line has them: `--axis NAME=VALUE,VALUE`, `--set NAME=VALUE`."""

from __future__ import annotations

import argparse
import csv
import re
from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel.exploration import option_values
from unikernel.frontends.commands.machines import spec
from unikernel.frontends.commands.measuring import choices
from unikernel_toolchain import TARGETS
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Collection, Iterable

    from unikernel.frontends.commands.arguments import Parser

ABOUT = (
    "An axis is an option of build, of boot or of the measurement by its name in Python "
    "(target, packages, memory_mib, machine, environment, streams …), or a parameter: {{NAME}} "
    "in the program, in arguments and in variables. Values with commas stand in quotes: "
    """--axis 'packages="lwt,cstruct",lwt'."""
)


def add(parser: Parser, repeats: str) -> None:
    """Let the command vary settings, and hold others; `repeats` is the help of --repeat."""
    parser.epilog = ABOUT
    parser.add_argument(
        *("-a", "--axis"),
        action="append",
        type=axis,
        default=[],
        metavar="NAME=VALUE,...",
        help="what to vary, such as memory_mib=32,64; may be repeated",
    )
    parser.add_argument(
        *("-s", "--set"),
        dest="settings",
        action="append",
        type=setting,
        default=[],
        metavar="NAME=VALUE",
        help="what stays the same, such as a parameter of the program; may be repeated",
    )
    parser.add_argument("-t", "--target", choices=TARGETS, help="what to run on")
    parser.add_argument(
        *("-p", "--package"),
        action="append",
        default=[],
        metavar="P",
        help="findlib package to link; may be repeated",
    )
    choices.add_options(parser, repeats)
    spec.add(parser)


def axis(text: str) -> tuple[str, list[object]]:
    """Return name and values of `NAME=VALUE,VALUE`. Raises ArgumentTypeError."""
    name, values = _assigned(text)
    (row,) = csv.reader([values], skipinitialspace=True, strict=False)
    for each in row:
        if ".." in each and (listed := option_values.listing(each)):
            values = ",".join(map(str, listed))
            raise argparse.ArgumentTypeError(
                f"{each!r} is no value: an axis names each, such as {name}={values}"
            )
    return name, [value_of(each) for each in row]


def setting(text: str) -> tuple[str, object]:
    """Return name and value of `NAME=VALUE`. Raises ArgumentTypeError."""
    name, value = _assigned(text)
    return name, value_of(value)


def _assigned(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"\w+", name):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    if not value or "\n" in value:
        raise argparse.ArgumentTypeError(f"{text!r} has no value behind the =")
    return name, value


def value_of(text: str) -> object:
    """Return a word as a number or a truth where it is one, else as the text that it is."""
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def axes_of(options: Namespace) -> dict[str, list[object]]:
    """Return the axes that were given. Raises UsageError for one given twice."""
    return _once("--axis", options.axis)


def fixed_of(options: Namespace, axes: Collection[str]) -> dict[str, Any]:
    """Return the settings that the flags state. Raises UsageError for one that is stated twice."""
    stated = choices.stated(options)
    stated.pop("repeat", None)  # which is the sweep's
    boot = spec.stated(options) if options.what != "size" else {}
    build = {"target": options.target, "packages": list(options.package)}
    found = {**stated, **boot, **build}
    kept = {name: value for name, value in found.items() if value not in (None, {}, [])}
    named = _once("--set", options.settings)
    for others, flag in ((axes, "--axis"), (named, "--set")):
        for name, value in kept.items():
            if name in others:
                raise UsageError(
                    f"{flag} {name} gives a value that another flag gives as well: "
                    f"{visible(str(value))}.",
                    hint="Leave one out.",
                )
    return {**kept, **named}


def _once(flag: str, given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given:
        if name in found:
            raise UsageError(
                f"{flag} {name} is given twice.", hint=f"All its values go behind one {flag}."
            )
        found[name] = value
    return found
