"""The commands and their flags: one description for magics, terminal, completion and help."""

from __future__ import annotations

import argparse
import shlex
from functools import cache
from importlib.metadata import version
from itertools import takewhile
from typing import TYPE_CHECKING

from unikernel import applications
from unikernel.errors import UsageError
from unikernel.model.spec import DEFAULT_MEMORY_MIB, PANIC_ACTIONS
from unikernel.model.targets import ACCELERATORS, MACHINE_TYPES
from unikernel_toolchain import LANGUAGES, OPTIONAL_PASSES, TARGETS, targets
from unikernel_toolchain.model.config import DEFAULT_TARGET

from . import (
    application_arguments,
    disks,
    export_arguments,
    measure_arguments,
    mirage_arguments,
    why_command,
)
from .arguments import HelpWanted, Parser, count, memory_mib, seconds, variable
from .debugging import core_command, gdb_command, packets, snapshot, step_command, trace
from .device_flags import disks as disk_flags
from .device_flags import networks as network_flags
from .language import doc
from .measure_arguments import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence


def _targets() -> str:
    return ", ".join(f"{name} ({targets.load(name).runs_on})" for name in TARGETS)


def _build(parser: Parser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="what to call the image; or the folder of a config.ml (default: this one)",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="source file or folder; a cell is its own"
    )
    parser.add_argument(
        "-t",
        "--target",
        type=applications.served,
        choices=TARGETS,
        help=f"what to run on: {_targets()}; {DEFAULT_TARGET} if not named",
    )
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language; by the file's suffix, else ocaml"
    )
    parser.add_argument(
        "-p",
        "--package",
        action="append",
        default=[],
        metavar="P",
        help="findlib package to link; may be repeated",
    )
    parser.add_argument(
        "--net",
        action="append",
        default=[],
        metavar="DEVICE",
        help="network device, named after its purpose, such as service; may be repeated",
    )
    parser.add_argument(
        "--block",
        action="append",
        default=[],
        metavar="DEVICE",
        help="block device, named after its purpose, such as storage; may be repeated",
    )
    parser.add_argument("--fresh", action="store_true", help="build anew, past the cache")
    parser.add_argument(
        "--no-symbols", action="store_true", help="leave function names out of the image"
    )
    parser.add_argument(
        "--without-pass",
        action="append",
        choices=OPTIONAL_PASSES,
        default=[],
        metavar="PASS",
        help="leave out a pass over the linked image, as --plan lists them: "
        f"{', '.join(OPTIONAL_PASSES)}; may be repeated",
    )
    parser.add_argument(
        "--plan", action="store_true", help="show the files and commands, build nothing"
    )
    application_arguments.add_file(parser)
    application_arguments.add_build_dir(parser)


def _spec(parser: Parser) -> None:
    parser.add_argument(
        "-m",
        "--memory",
        type=memory_mib,
        metavar="MIB",
        help=f"RAM of the guest (default {DEFAULT_MEMORY_MIB})",
    )
    parser.add_argument(
        "--machine",
        choices=MACHINE_TYPES,
        help="QEMU machine type (default microvm); not of a process",
    )
    parser.add_argument(
        "--accel",
        choices=ACCELERATORS,
        help="of QEMU: kvm, tcg, or auto, which is kvm where it works",
    )
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        type=variable,
        default=[],
        metavar="K=V",
        help="variable the guest sees, such as OCAMLRUNPARAM=s=4k",
    )
    network_flags.add_nets(parser)
    disk_flags.add_blocks(parser)


def _boot(parser: Parser) -> None:
    parser.add_argument("image", metavar="NAME", help="image to boot")
    parser.add_argument(
        "-t",
        "--target",
        type=applications.served,
        choices=TARGETS,
        help="what to run on: built for it first, if the image is for another",
    )
    _boot_options(parser)


def _boot_options(parser: Parser) -> None:
    parser.add_argument("--name", metavar="N", help="what to call the machine (default: NAME)")
    _spec(parser)
    network_flags.add_ports(parser)
    parser.add_argument(
        "--replace", action="store_true", help="stop a running machine of that name first"
    )
    parser.add_argument(
        "--paused", action="store_true", help="hold the guest before its first instruction"
    )
    parser.add_argument(
        "--on-panic",
        choices=PANIC_ACTIONS,
        default="exit",
        help="what a guest under QEMU that dies of a fault does",
    )
    parser.add_argument(
        "--core",
        action="store_true",
        help="keep the memory of a guest that crashes, for gdb: core NAME shows it",
    )
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="S",
        help="seconds a cell waits for the guest (default: a second after its first output)",
    )
    parser.add_argument(
        "-d",
        "--detach",
        action="store_true",
        help="let the guest outlive this process; return at once",
    )
    _raw(parser)


def _raw(parser: Parser) -> None:
    parser.add_argument(
        "--raw",
        action="store_true",
        help="give a terminal all that the guest writes: titles, cursor, clipboard",
    )


def _console(parser: Parser) -> None:
    _machine(parser)
    parser.add_argument("--expect", metavar="RE", help="wait until the console shows RE")
    parser.add_argument("--send", metavar="TEXT", help="type TEXT and a line end")
    parser.add_argument(
        "--timeout", type=seconds, default=10.0, metavar="S", help="seconds to wait (default 10)"
    )
    _raw(parser)


def _logs(parser: Parser) -> None:
    _machine(parser)
    parser.add_argument("-n", "--lines", type=count, metavar="N", help="only the last N lines")
    parser.add_argument("--save", metavar="FILE", help="write all that is kept to FILE instead")
    _raw(parser)


def _machine(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="machine")


def _panel(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="machine (default: all)")


def _stop(parser: Parser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="machines to stop")
    parser.add_argument("--all", action="store_true", help="stop every machine")


def _qmp(parser: Parser) -> None:
    _machine(parser)
    parser.add_argument("request", metavar="COMMAND", help="QMP command, or a whole JSON request")
    parser.add_argument("json", metavar="JSON", nargs="?", help="its arguments: '{\"key\": value}'")


def _xl(parser: Parser) -> None:
    _machine(parser)
    parser.add_argument(
        "words",
        metavar="ARGUMENT",
        nargs="+",
        help="of xl, such as: list, dmesg, debug-keys q; or xenstore-ls [PATH]",
    )


def _measure(parser: Parser) -> None:
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=", ".join(MEASURES))
    parser.add_argument("image", metavar="NAME", help="image")
    measure_arguments.add(parser)
    parser.add_argument(
        "--sliders", action="store_true", help="show sliders for its choices, and a button"
    )
    _spec(parser)


def _plot(parser: Parser) -> None:
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=", ".join(MEASURES))
    parser.add_argument("image", metavar="NAME", nargs="?", help="image (default: the last)")
    measure_arguments.add(parser)
    parser.add_argument(
        *("-o", "--save"), metavar="FILE", help="write it to FILE: .png, .svg, .csv or .parquet"
    )
    _spec(parser)


def _clean(parser: Parser) -> None:
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help="what configure and build left in this folder (default: the current one, if it is an "
        "application's; else the cache)",
    )
    parser.add_argument("--cache", action="store_true", help="the images in the cache, anywhere")
    parser.add_argument(
        "--all",
        action="store_true",
        help="the cache with the built library OS and the Linux baseline, anywhere",
    )
    application_arguments.add_file(parser)
    application_arguments.add_build_dir(parser)


def _run(parser: Parser) -> None:
    application_arguments.add_folder(parser)
    application_arguments.add_file(parser)
    application_arguments.add_build_dir(parser)
    parser.add_argument("-t", "--target", metavar="TARGET", help="target; else as configured")
    parser.add_argument("--fresh", action="store_true", help="build anew, past the cache")
    parser.set_defaults(package=[], no_symbols=False, without_pass=[], plan=False)
    _boot_options(parser)


def _bare(_: Parser) -> None:
    """Add nothing: the command takes no arguments."""


COMMANDS = {
    "build": (_build, "build an image from a cell or a file"),
    "config": (application_arguments.config, "configure a cell's config.ml as NAME"),
    "configure": (application_arguments.configure, "configure the application in a folder"),
    "describe": (application_arguments.describe, "describe a configured application"),
    "boot": (_boot, "boot an image and follow its console"),
    "run": (_run, "build the application in a folder, and boot it"),
    "mirage": (mirage_arguments.add, "take a command line of MirageOS 3.9's tool"),
    "ps": (_bare, "list machines"),
    "console": (_console, "talk to a machine"),
    "logs": (_logs, "show what a machine's console showed"),
    "gdb": (gdb_command.add, "debug a machine with gdb"),
    "step": (step_command.add, "step through a machine: instructions, registers, memory, pages"),
    "core": (core_command.add, "show where a guest crashed that was booted with --core"),
    "panel": (_panel, "show machines as they run, with buttons"),
    "stop": (_stop, "stop machines"),
    "pause": (_machine, "hold a machine"),
    "resume": (_machine, "let a paused machine run on"),
    "reset": (_machine, "reboot a machine in place"),
    "qmp": (_qmp, "send QEMU a QMP command"),
    "xl": (_xl, "run xl, Xen's toolstack, where a domain is"),
    "measure": (_measure, "measure boot, size, throughput, http, latency or block"),
    "why": (why_command.add, why_command.SUMMARY),
    "plot": (_plot, "plot boot, size, throughput, http, latency or block"),
    "export": (export_arguments.add, "leave an image in a folder, with what starts it on a server"),
    "trace": (trace.add, "draw in which functions a machine is, as a flame graph"),
    "packets": (packets.add, "show what is in a capture of frames"),
    "snapshot": (snapshot.add, "save a machine, restore it, compare its memory"),
    "disk": (disks.add, "list, show and extract what is on a disk"),
    "doc": (doc.add, "show what is written about a package, a module or a value"),
    "doctor": (_bare, "check tools, caches, QEMU, the accelerator and processes"),
    "clean": (_clean, "remove caches and leftovers"),
}


BOOTING = ("boot", "run")
_WITH_ARGUMENTS = (*BOOTING, "export")


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
    for name, (describe, summary) in COMMANDS.items():
        describe(commands.add_parser(name, help=summary, description=f"{summary.capitalize()}."))
    for name in _WITH_ARGUMENTS:
        commands.choices[name].epilog = "What comes after -- are the guest's arguments."
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
    if argv and argv[0] == "mirage":
        return mirage_arguments.parse(argv[1:])
    if argv and argv[0] in application_arguments.COMMANDS:
        return application_arguments.parse(parser(), argv)
    if len(argv) > 2 and argv[0] == "xl" and not argv[1].startswith("-"):
        # All else is xl's, flags too.
        return argparse.Namespace(command="xl", name=argv[1], words=list(argv[2:]), arguments=[])
    own = list(takewhile(lambda arg: arg != "--", argv)) or ["ps"]
    root = parser()
    command = root.subparsers.get(own[0])
    if command and own[0] in _WITH_ARGUMENTS:
        application_arguments.refuse_keys(command, own, argv[len(own) + 1 :])
    (command or root).refuse_unknown_flags(own)
    options = argparse.Namespace(arguments=argv[len(own) + 1 :], command=own[0])
    if command:  # operands may stand between and after flags
        options, extra = command.parse_known_intermixed_args(own[1:], options)
    else:
        options, extra = root.parse_known_args(own, options)
    if options.arguments and options.command not in _WITH_ARGUMENTS:
        raise UsageError(f"{own[0]} takes no arguments for the guest.")
    if extra:
        takes = options.command in _WITH_ARGUMENTS
        hint = "Arguments for the guest come after --" if takes else ""
        raise UsageError(f"{own[0]} does not take {shlex.join(extra)}.", hint=hint)
    return options
