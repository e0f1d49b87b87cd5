"""The command `why`: what keeps a module in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel import images
from unikernel.errors import UnikernelError
from unikernel_toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel_toolchain.report.reasons import Reason


def add(parser: Parser) -> None:
    """Let the command take an image and a module."""
    parser.add_argument("image", metavar="NAME", help="image")
    parser.add_argument(
        "module", metavar="MODULE", help="module, package or symbol, such as Stdlib.List or stdlib"
    )


def why(call: Call) -> Reason:
    """Tell what keeps a module in an image. Raises NoSuchImage, BadRequest and ImageInvalid."""
    from unikernel import api

    return api.why(call.options.image, call.options.module)


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: an image, then a module of it."""
    from unikernel_toolchain.report.reasons import Reasons

    if not given:
        return "image", [image.name for image in images.images()]
    try:
        return "module", Reasons(images.image(given[0])).names() if len(given) == 1 else ()
    except (UnikernelError, ToolchainError):
        return "module", ()
