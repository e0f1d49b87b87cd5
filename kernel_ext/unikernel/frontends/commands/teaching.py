"""The command `course`: the labs there are, and copies to work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Command

if TYPE_CHECKING:
    from unikernel.render.results import Result

    from .arguments import Parser
    from .call import Call


def _add(parser: Parser) -> None:
    """Describe `course`."""
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help="copy the labs there, to work on; a notebook that is there stays as it is",
    )


def _course(call: Call) -> Result:
    """List the labs, or copy them."""
    from unikernel import course

    return course.copy(call.options.folder) if call.options.folder else course.labs()


COMMANDS = {"course": Command(_add, "list the labs of the course, or copy them", _course)}
