"""How much RAM an image needs at least."""

from __future__ import annotations

from unikernel.machines.process.command_line import is_process
from unikernel_toolchain.binary import elf
from unikernel_toolchain.model.image import Image

STACK_AND_TABLES = 256 << 10  # what even a C guest needs beyond its image, in bytes


def memory_bytes(image: Image) -> int:
    """Return how much RAM the image itself takes: under QEMU with all that lies below it.

    Raises ImageInvalid when the file is gone or no image.
    """
    loads = [part for part in elf.read(image.path).segments if part.kind == elf.PT_LOAD]
    start = min((part.physical for part in loads), default=0) if is_process(image) else 0
    return max((part.physical + part.memory_bytes for part in loads), default=0) - start


def least_memory_mib(image: Image) -> int:
    """Return the least RAM in MiB in which the image can begin to run. Raises ImageInvalid."""
    return -(-(memory_bytes(image) + STACK_AND_TABLES) >> 20)
