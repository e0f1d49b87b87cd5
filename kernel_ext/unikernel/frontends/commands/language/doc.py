"""`doc NAME`: its arguments, what it does, and what may stand for NAME."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel_toolchain.findlib.modules import all_modules
from unikernel_toolchain.findlib.packages import installed
from unikernel_toolchain.language.background import Background
from unikernel_toolchain.library_os.library_os import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.render.documentation import Documentation


_OWN = SOURCES / "packages"
WAIT_S = 2.0  # for the first answer; later ones are there


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


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what can be asked about: packages, and the modules of all of them."""
    return "name", () if given else (*packages(), *_known(_modules))


def packages() -> Iterable[str]:
    """Return the names of the packages that findlib knows; none where it is not installed."""
    return _known(_packages)


# Asking findlib takes from 0.1 to 1 s, and somebody is typing.
_packages: Background[Iterable[str]] = Background(lambda _: installed(_OWN))
_modules: Background[Iterable[str]] = Background(lambda _: all_modules(_OWN))


def _known(names: Background[Iterable[str]]) -> Iterable[str]:
    return names.get("", WAIT_S) or ()
