"""The commands about images: built, explained, left for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.frontends.commands import candidates
from unikernel.frontends.commands.command import Command

from . import build, export, why

if TYPE_CHECKING:
    from collections.abc import Iterable


def _images_and_machines(given: list[str]) -> tuple[str, Iterable[str]]:
    if given:
        return "argument", ()
    machines = [machine.name for machine in candidates.machines()]
    return "image", dict.fromkeys((*candidates.image_names(), *machines))


COMMANDS = {
    "build": Command(
        build.add, "build an image from a cell or a file", build.build, takes_cell=True
    ),
    "why": Command(
        why.add, "tell why a module is in an image: what refers to it", why.why, why.operands
    ),
    "export": Command(
        export.add,
        "leave an image in a folder, with what starts it on a server",
        export.export,
        _images_and_machines,
        for_guest=True,
    ),
}
