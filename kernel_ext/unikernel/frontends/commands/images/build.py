"""The command `build`: an image from a cell, a file, or an application's folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unikernel import applications
from unikernel.errors import UsageError
from unikernel.frontends.commands.applications import actions as application_actions
from unikernel.frontends.commands.applications import arguments as application_arguments
from unikernel.render.results import Verbatim
from unikernel_toolchain import LANGUAGES, OPTIONAL_PASSES, TARGETS, targets
from unikernel_toolchain.model.config import DEFAULT_TARGET
from unikernel_toolchain.sources.text import shown

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel_toolchain.model.image import Image


def add(parser: Parser) -> None:
    """Describe the command."""
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


def _targets() -> str:
    return ", ".join(f"{name} ({targets.load(name).runs_on})" for name in TARGETS)


def build(call: Call) -> Image | Verbatim:
    """Build the cell, or the file named.

    Raises UsageError, and ToolchainError when the build fails.
    """
    from unikernel import api, programs

    options = call.options
    if (place := _application(call)) is not None:
        return application_actions.build_place(call, place)
    source, first_line = _source(call)
    asked: dict[str, Any] = {
        "name": options.name,
        "target": options.target,
        "language": options.lang,
        "packages": options.package,
        "nets": options.net,
        "blocks": options.block,
        "symbols": not options.no_symbols,
        "without_passes": options.without_pass,
        "first_line": first_line,
    }
    request = programs.request(source, **asked)
    if options.plan:
        from unikernel_toolchain import plan

        return Verbatim(str(plan(request)))
    return api.built(request, fresh=options.fresh, progress=call.progress)


def _application(call: Call) -> applications.Place | None:
    """Return the place of the config.ml that is to be built, None for anything else."""
    options = call.options
    if getattr(options, "of_mirage", False):
        return application_actions.place_of(options)
    places_named = options.file is not None or options.build_dir is not None
    if call.cell is not None or options.files:
        if places_named:
            raise UsageError(
                "-f and -b are about an application in a folder, and here its sources are given.",
                hint="Leave out the one or the other.",
            )
        return None
    folder = Path(options.name) if options.name else None
    if folder is not None and not places_named and not applications.is_folder(folder):
        return None
    return applications.place_of(folder, config=options.file, build_dir=options.build_dir)


def _source(call: Call) -> tuple[str | list[Path], int]:
    files = call.options.files
    if call.options.name is None:
        raise UsageError(
            "The image has no name.", hint="Give it one: %%unikernel build NAME above the program."
        )
    if call.cell is not None and files:
        raise _two_sources(call.options.name, files)
    if call.cell is not None:
        return call.cell, 2  # line 1 of the cell is the magic
    if not files:
        raise _nothing_to_build(call.options.name)
    return [Path(file) for file in files], 1


def _two_sources(name: str, files: list[str]) -> UsageError:
    named = " and ".join(repr(file) for file in files)
    are = "are the names of files" if len(files) > 1 else "is the name of a file"
    words = shlex.quote(" ".join([name, *files]))
    return UsageError(
        f"The program stands in the cell, and {named} behind the image's name {are}.",
        hint=f"Leave out the one or the other; or is the name %%unikernel build {words}?",
    )


def _nothing_to_build(name: str) -> UsageError:
    path = Path(name)
    if path.is_file() and applications.is_folder(path.parent):
        folder = shlex.quote(str(path.parent))
        hint = f"It is part of the application in {shown(path.parent)}: %unikernel build {folder}"
    elif path.is_file():
        words = shlex.join(["build", path.stem, name])
        hint = f"What {name} is to be called goes first: %unikernel {words}"
    elif path.is_dir():
        hint = f"{shown(path)} has no config.ml. An image's name goes ahead of a folder of sources."
    else:
        if "/" in name and not path.exists():
            raise UsageError(
                f"There is no {shown(path)}.",
                hint="Name the folder of a config.ml, or the image and behind it its files.",
            )
        words = shlex.quote(name)
        hint = f"Write the program under %%unikernel build {words}, or name its file."
    return UsageError("There is nothing to build: no cell and no file.", hint=hint)
