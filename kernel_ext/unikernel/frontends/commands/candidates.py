"""What operands of several commands may be: names of images and of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel import images
from unikernel.machines import registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.machines import Machine


def image_names() -> list[str]:
    """Return the names of the images of this process."""
    return [image.name for image in images.images()]


def machines() -> tuple[Machine, ...]:
    """Return all machines, those of other processes too."""
    return (*registry.machines(), *registry.others())


def any_machines(_: list[str]) -> tuple[str, Iterable[str]]:
    """Return the names of all machines, for a command that takes several."""
    return "machine", [machine.name for machine in machines()]


def one_machine(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return the names of all machines, for a command that takes one."""
    return any_machines(given) if not given else ("argument", ())
