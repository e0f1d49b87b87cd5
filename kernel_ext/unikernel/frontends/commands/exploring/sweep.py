"""The command `sweep`: a measurement at every combination of some settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from unikernel import applications
from unikernel.errors import UsageError
from unikernel.frontends.commands import candidates
from unikernel.frontends.commands.measuring.choices import MEASURES

from . import axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unikernel.exploration.sweep import Sweep
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel_toolchain.model.image import Image

_SOURCES = (".ml", ".mli", ".c")


def add(parser: Parser) -> None:
    """Describe the command."""
    add_subject(parser)
    add_course(parser)
    axes.add(parser, "samples of each point (default 3)")


def add_course(parser: Parser) -> None:
    """Let the command say how measurements are taken, and where what is found goes."""
    parser.add_argument(
        "--warm-ups", type=int, metavar="N", help="measurements of an image that are dropped (1)"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="of what is left to chance (default 0)"
    )
    parser.add_argument(
        *("-o", "--output"),
        metavar="FILE",
        help="keep each measurement in FILE as it comes; the same command goes on from there",
    )
    parser.add_argument(
        "--save", metavar="FILE", help="write a plot or the table: .png, .svg, .pdf, .csv, .parquet"
    )


def add_subject(parser: Parser) -> None:
    """Let the command name what is measured, and of what."""
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=", ".join(MEASURES))
    parser.add_argument(
        "name",
        metavar="NAME",
        help="image; or a source file; or what to call the program of the cell, or of FILE",
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="source file or folder")


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: what is measured, then an image."""
    return ("choice", MEASURES) if not given else ("image", candidates.image_names())


def sweep(call: Call) -> Sweep:
    """Measure at every combination, show how far it is, and return what was found.

    Raises UsageError, and Unfinished when it is interrupted.
    """
    from unikernel.exploration.sweep import sweep as swept
    from unikernel.plots import export

    options = call.options
    if options.save:
        export.check(options.save)
    varied = axes.axes_of(options)
    if not varied:
        raise UsageError(
            "A sweep varies something, and no axis is given.",
            hint=f"%unikernel sweep {options.what} {options.name} --axis memory_mib=32,64",
        )
    asked = {"repeat": options.repeat, "warm_ups": options.warm_ups, "seed": options.seed}
    found = swept(
        options.what,
        axes=varied,
        file=options.output,
        progress=call.progress,
        **subject(call),
        **{name: value for name, value in asked.items() if value is not None},
        **axes.fixed_of(options, varied),
    )
    if options.save:
        from unikernel import plots

        plots.sweep(found).save(options.save)
    return found


def subject(call: Call) -> dict[str, Any]:
    """Return the arguments of an exploration that say what it is about. Raises UsageError."""
    options = call.options
    if call.cell is not None and options.files:
        raise UsageError(
            f"The program stands in the cell, and {options.files[0]!r} is named besides.",
            hint="Leave out the one or the other.",
        )
    if call.cell is not None:
        return {"subject": call.cell, "name": options.name, "first_line": 2}
    if options.files:
        return {"subject": [Path(file) for file in options.files], "name": options.name}
    return {"subject": _named(options.name)}


def _named(name: str) -> str | Path | Sequence[str | Path] | Image:
    """Return what a name alone means: the file, or folder, of a program; else an image."""
    path = Path(name)
    is_program = path.suffix in _SOURCES or "/" in name or applications.is_folder(path)
    if not is_program:
        return name
    if not path.exists():
        raise UsageError(f"There is no {name}.", hint="Name a source file, or an image.")
    return path
