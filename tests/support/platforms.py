"""What guests run on: a machine type of QEMU's for the target `virtio`, Linux itself for `unix`.

A platform's word is a test's parameter.
"""

from typing import Any

from unikernel.model.targets import MACHINE_TYPES

PLATFORMS = (*MACHINE_TYPES, "unix")
ONE_A_TARGET = ("microvm", "unix")
TARGETS = ("virtio", "unix")


def target_of(platform: str) -> str:
    return "unix" if platform == "unix" else "virtio"


def choices(platform: str) -> dict[str, Any]:
    """Return the words of `boot` that have a guest run there."""
    return {} if platform == "unix" else {"machine": platform}
