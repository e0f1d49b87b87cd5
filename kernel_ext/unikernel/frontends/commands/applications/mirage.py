"""The command lines of MirageOS 3.9's tool, and which of our commands each is."""

from __future__ import annotations

import argparse
import re
import shlex
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from unikernel.errors import UsageError, did_you_mean
from unikernel.frontends.commands.arguments import HelpWanted, Parser

from . import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROGRAM = "unikernel mirage"
VERSION = "3.9.0"
COMMANDS = {
    "configure": "evaluate config.ml; its keys are flags",
    "build": "build what was configured",
    "describe": "show the devices, packages and keys; --dot the graph",
    "clean": "remove what configure and build left",
    "help": "show this, or the help of a command",
}
_DEFAULT_TARGET = "unix"  # where -t and MODE are silent, as in 3.9
# What 3.9's tool and those before and after it have besides, and what serves here.
ELSEWHERE = {
    **dict.fromkeys(
        ("depend", "depends", "install", "lock", "pull"), "There is nothing to install: build it."
    ),
    "query": "Names and packages are told by describe, files by configure --dry-run.",
    **dict.fromkeys(("run", "boot"), "What was built is booted by: unikernel run"),
    "init": "An application is a folder with a config.ml and a unikernel.ml.",
}
# Packages are the distribution's: what keeps earlier tools from installing them changes nothing.
_INSTALLING = re.compile(r"--no-(?:opam|depends?|opam-version(?:-check)?)")


def add(parser: Parser) -> None:
    """Add what `mirage` takes, for who completes it."""
    parser.add_argument("command_of_mirage", metavar="COMMAND", help=", ".join(COMMANDS))


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: a command of that tool."""
    return ("choice", COMMANDS) if not given else ("argument", ())


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the command that a line of MirageOS 3.9 is. Raises UsageError, or HelpWanted."""
    name, *words = argv or ["help"]
    if name == "--version":
        raise HelpWanted(f"{VERSION} (served by unikernel {version('jupyter-unikernel')})")
    if name in {"-h", "help"} or name.startswith("--help"):
        return _help([word for word in words if not word.startswith("--man-format")])
    if name not in COMMANDS:
        hint = ELSEWHERE.get(name) or did_you_mean(name, COMMANDS)
        raise UsageError(f"mirage has no command {name!r}.", hint=hint)
    return _command(name, words)


def _help(words: list[str]) -> argparse.Namespace:
    if not words or words[0] in {"help", "mirage"} or words[0].startswith("-"):
        raise HelpWanted(parsers()["help"].format_help())
    if words[0] == "topics":
        raise HelpWanted("\n".join(COMMANDS))
    if words[0] not in COMMANDS:
        hint = did_you_mean(words[0], (*COMMANDS, "topics"))
        raise UsageError(f"There is no help on {words[0]!r}.", hint=hint)
    return _command(words[0], [*words[1:], "--help"])


@cache
def parsers() -> dict[str, Parser]:
    """Return the parser of each command; that of help is the one of all."""
    made = {}
    for name, summary in COMMANDS.items():
        made[name] = Parser(prog=f"{PROGRAM} {name}", description=f"{summary.capitalize()}.")
        _add_common(made[name])
    arguments.add_target(made["configure"], _DEFAULT_TARGET)
    arguments.add_configure(made["configure"])
    made["describe"].add_argument("-t", "--target", metavar="TARGET", help="else as configured")
    arguments.add_describe(made["describe"])
    made["build"].add_argument("--fresh", action="store_true", help="build anew, past the cache")
    made["help"] = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND ...",
        description="Take a command line of MirageOS 3.9's tool.",
        epilog="Targets: virtio (hvt is another name of it here), unix (spt and macosx are) and "
        "xen. unikernel run boots what was built; make depend is not needed.",
    )
    commands = made["help"].add_subparsers(metavar="COMMAND", parser_class=Parser)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary)
    return made


def _add_common(parser: Parser) -> None:
    arguments.add_file(parser)
    arguments.add_build_dir(parser)
    said = "accepted: there is one way here"
    parser.add_argument("-v", "--verbose", action="count", help=said)
    parser.add_argument("-q", "--quiet", action="store_true", help=said)
    for flag in ("--verbosity", "--color"):
        parser.add_argument(flag, metavar="WHICH", help=said)


def _command(name: str, words: list[str]) -> argparse.Namespace:
    words = [word for word in words if not _INSTALLING.fullmatch(word)]
    parser, options = parsers()[name], _options(name)
    words = arguments.without_help(parser, words, options)
    operands, _ = arguments.split(parser, words)
    if operands:
        raise UsageError(
            f"mirage {name} takes no {operands[0]!r}.",
            hint="It is about the application in this folder; another one is named by its "
            "config.ml: -f DIR/config.ml",
        )
    options, options.words = parser.parse_known_args(words, options)
    if name in {"configure", "describe"}:
        options.default_target = _DEFAULT_TARGET
        places = [("-f", options.file), ("-b", options.build_dir)]
        named = [word for flag, path in places if path for word in (flag, str(path))]
        options.build = shlex.join(["mirage", "build", *named])
        return options
    if options.help:
        raise HelpWanted(options.help)
    if options.words:
        raise UsageError(
            f"mirage {name} takes no {options.words[0]}.",
            hint="Keys and targets are given to mirage configure.",
        )
    return options


def _options(name: str) -> argparse.Namespace:
    """Return what our own command of this name has besides."""
    options = argparse.Namespace(command=name, arguments=[], folder=None, of_mirage=True)
    if name == "build":
        options.name, options.files, options.target = None, [], None
        options.package, options.without_pass = [], []
        options.no_symbols = options.plan = False
    if name == "clean":
        options.all = options.cache = False
    return options
