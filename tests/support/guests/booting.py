"""Boots guests of a few instructions, and stops them all afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from unikernel import machines
from unikernel.machines import registry
from unikernel.machines.core.machine import Machine
from unikernel_toolchain.model.image import Image


@contextmanager
def booting(image_of: Callable[[Any], Image], **defaults: Any) -> Iterator[Callable[..., Machine]]:
    """Give `boot(code, **choices)`; `image_of(code)` makes the image, `defaults` are choices."""
    booted = []

    def boot(code: Any, **choices: Any) -> Machine:
        booted.append(machines.boot(image_of(code), **defaults | choices))
        return booted[-1]

    yield boot
    for machine in booted:
        machine.stop()
    registry.clear()
