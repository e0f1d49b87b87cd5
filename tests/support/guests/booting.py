"""Boots guests of a few instructions, and stops them all afterwards."""

from contextlib import contextmanager

from unikernel import machines
from unikernel.machines import registry


@contextmanager
def booting(image_of, **defaults):
    """Give `boot(code, **choices)`; `image_of(code)` makes the image, `defaults` are choices."""
    booted = []

    def boot(code, **choices):
        booted.append(machines.boot(image_of(code), **defaults | choices))
        return booted[-1]

    yield boot
    for machine in booted:
        machine.stop()
    registry.clear()
