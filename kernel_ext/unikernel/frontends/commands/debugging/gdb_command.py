"""The command `gdb`: a machine under gdb, commands in and text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel.debugging import gdb as debugger_of
from unikernel.debugging.gdb_interface import commands
from unikernel.debugging.gdb_interface.debugger import RUN_TIME_S
from unikernel.debugging.gdb_interface.foreground import foreground
from unikernel.errors import DebuggerLost, DebuggerRefused
from unikernel.frontends.commands.arguments import seconds
from unikernel.machines import registry
from unikernel.render.results import Result
from unikernel_toolchain.messages.visible import visible_lines

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("name", metavar="NAME", help="machine")
    parser.add_argument(
        "commands",
        metavar="COMMAND",
        nargs="*",
        help="of gdb's, each one word: 'break Cell.start' 'break NAME:4' continue backtrace; "
        "a cell has one a line; detach lets go",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=RUN_TIME_S,
        metavar="S",
        help=f"seconds that a command waits for a guest that it lets run (default {RUN_TIME_S:g})",
    )


@dataclass(frozen=True, repr=False)
class Transcript(Result):
    """Commands and what gdb printed."""

    exchanges: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        said = "".join(
            f"(gdb) {command}\n{text}" if command else text for command, text in self.exchanges
        )
        return visible_lines(said.rstrip("\n"))


def in_terminal(name: str) -> int:
    """Run gdb on a machine at the terminal, for a person; return its exit status.

    Raises NoSuchMachine, WrongState, UsageError, ToolMissing and DebuggerRefused.
    """
    return foreground(registry.machine(name))


def gdb(call: Call) -> Result:
    """Do commands in the gdb of a machine; without any, hold the guest and show where it is.

    An interrupt holds a guest that runs. Raises NoSuchMachine, WrongState, ToolMissing,
    DebuggerRefused with what was done before, and DebuggerLost.
    """
    options = call.options
    debugger = debugger_of(registry.machine(options.name))
    asked = [*options.commands, *commands.lines_of(call.cell or "")]
    if not asked:
        return Transcript((("", debugger.open() or debugger.run("frame")),))
    exchanges: list[tuple[str, str]] = []
    for command in asked:
        try:
            said = debugger.run(command, timeout_s=options.timeout)
        except KeyboardInterrupt:
            exchanges.append((command, debugger.interrupt()))
            break
        except (DebuggerRefused, DebuggerLost) as error:
            error.detail = str(Transcript(tuple(exchanges)))
            raise
        exchanges.append((command, said))
    return Transcript(tuple(exchanges))
