"""How much RAM an image needs at least."""

from __future__ import annotations

from pathlib import Path

from unikernel_toolchain import elf

STACK_AND_TABLES = 256 << 10  # what even a C guest needs beyond its image, in bytes


def load_end(path: Path) -> int:
    """Return the physical address after the image's last load segment.

    Raises ImageInvalid when the file is gone or no image.
    """
    segments = elf.read(path).segments
    return max(
        (part.physical + part.memory_bytes for part in segments if part.kind == elf.PT_LOAD),
        default=0,
    )


def least_memory_mib(path: Path) -> int:
    """Return the least RAM in MiB in which the image at `path` can begin to run."""
    return -(-(load_end(path) + STACK_AND_TABLES) >> 20)
