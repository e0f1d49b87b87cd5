"""The command `core`: what is kept of guests that crashed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from unikernel.debugging import core_files as cores
from unikernel.render.results import Result, Table

from .gdb_command import Transcript

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="machine (default: list them all)")
    parser.add_argument(
        "commands",
        metavar="COMMAND",
        nargs="*",
        help="of gdb's, each one word (default: backtrace, source and registers at the crash)",
    )


def core(call: Call) -> Result:
    """List the cores that are kept, or show where a guest crashed.

    Raises UsageError when there is no such core, DebuggerRefused, and ToolMissing without gdb.
    """
    options = call.options
    if options.name is None:
        return listed(call.prompt)
    found = cores.core(options.name)
    heading = f"{found.machine}: {found.message or 'crashed'} ({_when(found.taken_at)})\n"
    return Transcript((("", heading), *cores.examine(found, tuple(options.commands))))


def listed(prompt: str) -> Table:
    """Return the kept cores as a table."""
    rows = tuple(
        (one.machine, one.target, _when(one.taken_at), f"{one.disk_bytes / 2**20:.1f}", one.message)
        for one in cores.cores()
    )
    return Table(
        ("MACHINE", "TARGET", "TAKEN", "MIB>", "ENDED"),
        rows,
        empty=f"No core is kept. {prompt} boot NAME --core keeps one of a guest that crashes.",
    )


def _when(taken_at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(taken_at))
