"""The command `step`: a guest moves on by little, and all that changed is shown."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from unikernel import debugging
from unikernel.frontends.commands.arguments import count
from unikernel.machines import registry
from unikernel.render.steps import StepView

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("name", metavar="NAME", help="machine")
    parser.add_argument(
        "count",
        metavar="N",
        nargs="?",
        type=steps,
        default=1,
        help="how many instructions (default 1); 0 only looks",
    )
    parser.add_argument("--line", action="store_true", help="go by lines of source")
    parser.add_argument(
        "--memory",
        default="",
        metavar="ADDRESS",
        help="show memory there: 0x1000, or what gdb understands, such as '$rsp + 8'",
    )
    parser.add_argument(
        "--bytes", type=count, default=64, metavar="N", help="of that memory (default 64)"
    )
    parser.add_argument(
        "--pages", action="store_true", help="show what is mapped, and with which rights"
    )
    parser.add_argument(
        "--walk", default="", metavar="ADDRESS", help="show how page tables translate an address"
    )


def steps(text: str) -> int:
    """Return a whole number of at least 0. Raises ArgumentTypeError."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def step(call: Call) -> StepView:
    """Let a guest do some instructions or lines, and show it.

    Raises NoSuchMachine, WrongState, UsageError, ToolMissing and DebuggerRefused.
    """
    options = call.options
    return StepView(
        debugging.step(
            registry.machine(options.name),
            options.count,
            lines=options.line,
            memory=options.memory,
            size_bytes=options.bytes,
            pages=options.pages,
            walk=options.walk,
        )
    )
