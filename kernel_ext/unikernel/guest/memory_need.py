"""How much RAM an image needs at least."""

from __future__ import annotations

from unikernel.model import targets
from unikernel_toolchain.binary import elf
from unikernel_toolchain.model.image import Image

STACK_AND_TABLES = 256 << 10  # what even a C guest needs beyond its image, in bytes


def memory_bytes(image: Image) -> int:
    """Return how much RAM the image itself takes: in a virtual machine with all that lies below it.

    Raises ImageInvalid when the file is gone or no image.
    """
    loads = [part for part in elf.read(image.path).segments if part.kind == elf.PT_LOAD]
    from_zero = targets.of(image).has_memory_from_zero
    start = 0 if from_zero else min((part.physical for part in loads), default=0)
    return max((part.physical + part.memory_bytes for part in loads), default=0) - start


def least_memory_mib(image: Image) -> int:
    """Return the least RAM in MiB in which the image can begin to run. Raises ImageInvalid."""
    return -(-(memory_bytes(image) + STACK_AND_TABLES) >> 20)
