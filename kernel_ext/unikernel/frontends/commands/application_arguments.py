"""Arguments of the commands that configure: their own flags, and those that a config.ml brings.

A config.ml's keys are flags of `configure`, and nobody knows them before it is compiled. So what
is no flag of ours goes on to it, in order; it says itself what it does not know.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from unikernel.errors import UsageError, did_you_mean

from .arguments import HelpWanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arguments import Parser

COMMANDS = ("config", "configure", "describe", "mirage")
MIRAGE = ("configure", "describe", "build", "clean", "help")
_DEFAULT_OF_MIRAGE = "unix"  # where -t and MODE are silent, as in 3.9
_HERE = "."
# How much 3.9's tool says, and in which colours: there is one way here.
_LOUDNESS = re.compile(r"-v+|-q|--quiet|--verbose|--(?:verbosity|color)=\w+")
_TOPICS = """\
Take a command line of MirageOS 3.9's tool, in the folder of an application:

  configure [-t TARGET] [KEY...]   evaluate config.ml; its keys are flags
  build                            build what was configured
  describe [--dot]                 show the devices, packages and keys
  clean                            remove what configure and build left
  help                             show this

Targets: virtio (hvt is another name of it here) and unix (spt and macosx are).
unikernel run boots what was built; make depend is not needed."""


def add_folder(parser: Parser) -> None:
    """Add the folder of an application: this one, if not named."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=_HERE, help="folder of the application"
    )


def config(parser: Parser) -> None:
    """Add what `config` takes."""
    parser.add_argument("name", metavar="NAME", help="image that the config.ml in the cell is of")
    _common(parser)
    _dot(parser)


def configure(parser: Parser) -> None:
    """Add what `configure` takes."""
    add_folder(parser)
    _common(parser)
    _file(parser)


def describe(parser: Parser) -> None:
    """Add what `describe` takes."""
    add_folder(parser)
    parser.add_argument("-t", "--target", metavar="TARGET", help="target; else as configured")
    parser.add_argument("--eval", action="store_true", help="with keys decided, as always here")
    _dot(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the graph to FILE")
    _file(parser)


def mirage(parser: Parser) -> None:
    """Add what `mirage` takes."""
    parser.add_argument("command_of_mirage", metavar="COMMAND", help=", ".join(MIRAGE))


def _common(parser: Parser) -> None:
    parser.add_argument(
        "-t", "--target", metavar="TARGET", help="virtio or unix; MirageOS's other names say which"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show the files that would be left, leave none"
    )
    parser.epilog = "The keys of config.ml are flags, too: describe lists them."


def _dot(parser: Parser) -> None:
    parser.add_argument("--dot", action="store_true", help="show the graph as text for Graphviz")


def _file(parser: Parser) -> None:
    parser.add_argument("-f", "--file", metavar="FILE", help="another file than config.ml")


def parse(root: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command; `words` are those for config.ml.

    Raises UsageError, or HelpWanted when help was asked for.
    """
    if argv[0] == "mirage":
        return _parse_mirage(root, argv[1:])
    return _parse(root, argv)


def _parse(root: Parser, argv: Sequence[str]) -> argparse.Namespace:
    command, *rest = argv
    parser = root.subparsers[command]
    # With its operand in front, every further word that no flag of ours takes is config.ml's.
    has_operand = bool(rest) and not rest[0].startswith("-")
    words = rest if has_operand or command == "config" else [_HERE, *rest]
    options = argparse.Namespace(command=command, arguments=[], build="build", file=None)
    options.default_target = None
    options, options.words = parser.parse_known_args(words, options)
    return options


def _parse_mirage(root: Parser, argv: Sequence[str]) -> argparse.Namespace:
    argv = [word for word in argv if not _LOUDNESS.fullmatch(word)]
    name = argv[0] if argv else "help"
    if name in {"-h", "--help", "help"}:
        raise HelpWanted(_TOPICS)
    if name not in MIRAGE:
        raise UsageError(f"mirage has no command {name!r}.", hint=did_you_mean(name, MIRAGE))
    if name in {"configure", "describe"}:
        options = _parse(root, [name, _HERE, *argv[1:]])
        options.default_target = _DEFAULT_OF_MIRAGE
        options.build = "mirage build"
        return options
    options = argparse.Namespace(command=name, arguments=[], words=[])
    if name == "build":
        return _configured_build(root, argv[1:])
    if argv[1:]:
        raise UsageError(f"mirage clean takes no {argv[1]}.")
    options.folder, options.all = _HERE, False
    return options


def _configured_build(root: Parser, argv: Sequence[str]) -> argparse.Namespace:
    parser = root.subparsers["build"]
    parser.refuse_unknown_flags(argv)
    options = argparse.Namespace(command="build", arguments=[], must_be_configured=True)
    return parser.parse_args([_HERE, *argv], options)
