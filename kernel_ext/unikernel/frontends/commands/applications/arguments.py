"""Arguments of the commands that configure: their own flags, and those that a config.ml brings.

A config.ml's keys are flags of `configure`, and nobody knows them before it is compiled. So what
is no flag of ours goes on to it, in order; it says itself what it does not know. With --help the
command is done all the same: it shows `help`, and the keys behind it.

MirageOS 3.9's processes take their keys right behind their name. For `boot` and `run` they come
after `--`: no image is read to tell whose a word is, so a flag that is ours one day never takes a
key away from a line that worked.
"""

from __future__ import annotations

import argparse
import re
import shlex
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.machines import boot
from unikernel_toolchain.model.config import DEFAULT_TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unikernel.frontends.commands.arguments import Parser

_HELP = ("-h", "--help")
_NONE = ""  # in place of a folder
_NEAR = 0.8  # of difflib: --memroy is --memory, and --logs is no --block


def add_folder(parser: Parser) -> None:
    """Add the folder of an application: this one, if not named."""
    parser.add_argument("folder", metavar="DIR", nargs="?", help="folder of the application")


def config(parser: Parser) -> None:
    """Add what `config` takes."""
    parser.add_argument("name", metavar="NAME", help="image that the config.ml in the cell is of")
    add_target(parser)
    _dry_run(parser)
    _dot(parser)


def configure(parser: Parser) -> None:
    """Add what `configure` takes."""
    add_folder(parser)
    add_target(parser)
    add_configure(parser)
    add_file(parser)
    add_build_dir(parser)


def describe(parser: Parser) -> None:
    """Add what `describe` takes."""
    add_folder(parser)
    parser.add_argument("-t", "--target", metavar="TARGET", help="target; else as configured")
    add_describe(parser)
    add_file(parser)
    add_build_dir(parser)


def run(parser: Parser) -> None:
    """Add what `run` takes."""
    add_folder(parser)
    add_file(parser)
    add_build_dir(parser)
    parser.add_argument("-t", "--target", metavar="TARGET", help="target; else as configured")
    parser.add_argument("--fresh", action="store_true", help="build anew, past the cache")
    parser.set_defaults(package=[], no_symbols=False, without_pass=[], plan=False)
    boot.add_options(parser)


def add_target(parser: Parser, default: str = DEFAULT_TARGET) -> None:
    """Add the target of a configuration."""
    parser.add_argument(
        "-t",
        "--target",
        metavar="TARGET",
        help="virtio, unix or xen; hvt, spt and macosx say which serves (default: the "
        f"environment's MODE, else {default})",
    )


def add_configure(parser: Parser) -> None:
    """Add what configuring a folder takes, here and in MirageOS 3.9."""
    parser.add_argument(
        "-o",
        "--output",
        type=_module_name,
        metavar="NAME",
        help="write the main module to NAME.ml, not main.ml",
    )
    _dry_run(parser)


def _module_name(text: str) -> str:
    name = text.removesuffix(".ml")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise UsageError(
            f"The main module cannot be called {text!r}.",
            hint="-o names a module of OCaml: letters, digits and _, a letter first, no folder. "
            "The image has the name that config.ml registers.",
        )
    return name


def add_describe(parser: Parser) -> None:
    """Add what describing takes, here and in MirageOS 3.9."""
    parser.add_argument("--eval", action="store_true", help="with keys decided, as always here")
    parser.add_argument(
        "--no-eval", action="store_true", help="accepted; keys are decided, as flags say"
    )
    _dot(parser)
    parser.add_argument(
        "--dot-command", metavar="COMMAND", help="give the graph to a command, such as xdot"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write what is shown to FILE")


def add_file(parser: Parser) -> None:
    """Add what names another config.ml."""
    parser.add_argument(
        "-f",
        "--file",
        type=Path,
        metavar="FILE",
        help="another file than config.ml; the application is in its folder",
    )


def add_build_dir(parser: Parser) -> None:
    """Add the folder for what is made."""
    parser.add_argument(
        "-b",
        "--build-dir",
        type=Path,
        metavar="DIR",
        help="folder for all that is made, from the application's on",
    )


def _dry_run(parser: Parser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="show the files that would be left, leave none"
    )


def _dot(parser: Parser) -> None:
    parser.add_argument("--dot", action="store_true", help="show the graph as text for Graphviz")


def parse(root: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command; `words` are those for config.ml.

    Raises UsageError, or HelpWanted when help was asked for on no config.ml.
    """
    command, *words = argv
    parser = root.subparsers[command]
    options = argparse.Namespace(command=command, arguments=[], build_dir=None, of_mirage=False)
    options.file = options.folder = None
    options.default_target = DEFAULT_TARGET
    flags = without_help(parser, words, options)
    operands, flags = split(parser, flags)
    if command == "config" and not operands:
        if options.help:
            raise HelpWanted(options.help)
        parser.error("NAME is missing")
    if strays := split(parser, flags)[0]:
        hint = "A key's value stands behind its flag: --key value"
        raise UsageError(f"{command} {operands[0]} takes no {strays[0]!r}.", hint=hint)
    # With an operand in front, all that no flag of ours takes is config.ml's.
    options, options.words = parser.parse_known_args([*(operands or [_NONE]), *flags], options)
    return options


def without_help(parser: Parser, words: Sequence[str], options: argparse.Namespace) -> list[str]:
    """Return the words that ask for no help; `options.help` is it if others did, else ""."""
    others = [word for word in words if word not in _HELP and not word.startswith("--help=")]
    options.help = parser.format_help() if len(others) < len(words) else ""
    return others


def split(parser: Parser, words: list[str]) -> tuple[list[str], list[str]]:
    """Return the operand, if there is one, and the flags with their values.

    What stands behind a flag of config.ml's may be its value, so that is no operand.
    """
    for index, word in enumerate(words):
        if not word.startswith("-") and not _takes_next(parser, words[index - 1 : index]):
            return [word], [*words[:index], *words[index + 1 :]]
    return [], words


def _takes_next(parser: Parser, before: list[str]) -> bool:
    """Say whether the word before, if there is one, is a flag that lacks its value."""
    if not before or not before[0].startswith("-") or "=" in before[0]:
        return False
    (flag,) = before
    if flag in parser.flags:
        return parser.choices_of(flag) is not None
    return flag.startswith("--") or flag[:2] not in parser.flags


def refuse_keys(parser: Parser, own: Sequence[str], guests: Sequence[str]) -> None:
    """Raise UsageError with the line to type when a long flag is none of the command's.

    `own` are the command and the words ahead of `--`, `guests` those behind.
    """
    command, *words = own
    ours, keys = _parted(parser, words, folder_first=command == "run")
    if not keys:
        return
    flag = keys[0].partition("=")[0]
    near = get_close_matches(flag, [name for name in parser.flags if name[:2] == "--"], 1, _NEAR)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    line = shlex.join([command, *ours, "--", *keys, *guests])
    raise UsageError(
        f"{parser.prog} has no flag {flag}.",
        hint=f"{meant}Keys of the application come after --: %unikernel {line}",
    )


def _parted(
    parser: Parser, words: Sequence[str], *, folder_first: bool
) -> tuple[list[str], list[str]]:
    """Return the words of the command, and those of the application with their values.

    What follows a key is its value, unless the image is still to be named: it may be left out
    where it is the folder we are in.
    """
    ours: list[str] = []
    keys: list[str] = []
    lacks_value = False
    for word in words:
        flag, equals, _ = word.partition("=")
        named = split(parser, ours)[0] or (folder_first and not Path(word).is_dir())
        if re.match(r"--[A-Za-z]", word) and flag not in parser.flags:
            keys.append(word)
            lacks_value = not equals
        elif lacks_value and named and not word.startswith("-"):
            keys.append(word)
            lacks_value = False
        else:
            ours.append(word)
            lacks_value = False
    return ours, keys
