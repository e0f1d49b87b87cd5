"""The command `trace`: in which functions a guest is, as a flame graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.frontends.commands.arguments import seconds
from unikernel.machines import registry
from unikernel.model.debugging.profile import FOLDED
from unikernel.render.results import Note

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.plots import Interactive


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("name", metavar="NAME", help="machine")
    parser.add_argument(
        "-s",
        "--seconds",
        type=seconds,
        default=3.0,
        metavar="S",
        help="how long to look at it (default 3)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the flame graph (.svg, .png, .pdf), the functions (.csv), or the calls as "
        "other tools read them (.folded)",
    )


def trace(call: Call) -> Interactive | Note:
    """Look at a machine for some seconds, and draw in which functions it was.

    Raises NoSuchMachine, WrongState, MeasurementFailed when it only waited, and UsageError when it
    cannot be looked at or the file not be written.
    """
    from unikernel import debugging, plots
    from unikernel.plots import export

    options = call.options
    if options.output and Path(options.output).suffix not in FOLDED:
        export.format_of(options.output)  # before anything is measured
    profile = debugging.profile(registry.machine(options.name), options.seconds)
    if not options.output:
        return plots.flame(profile)
    if Path(options.output).suffix in FOLDED:
        profile.save(options.output)
    else:
        plots.flame(profile).save(options.output)
    return Note(f"Wrote {options.output}")
