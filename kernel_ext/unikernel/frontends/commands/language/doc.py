"""`doc NAME`: its arguments, what it does, and what may stand for NAME."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel_toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.render.documentation import Documentation


def add(parser: Parser) -> None:
    """Add what `doc` takes."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="findlib package, module, or what is in one: lwt, Lwt, Lwt.bind",
    )


def doc(call: Call) -> Documentation:
    """Show a package's, a module's or a value's documentation. Raises BadRequest for others."""
    from unikernel import api

    return api.doc(call.options.name, progress=call.progress)


def names(given: list[str]) -> tuple[str, list[str]]:
    """Return what can be asked about: packages."""
    return "package", [] if given else packages()


def packages() -> list[str]:
    """Return the names of the packages that findlib knows; none where it is not installed."""
    from unikernel_toolchain.findlib.packages import installed
    from unikernel_toolchain.library_os.library_os import SOURCES

    try:
        return installed(SOURCES / "packages")
    except ToolchainError:
        return []
