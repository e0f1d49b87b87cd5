"""The disks of a process's boot command line. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from unikernel.errors import UsageError
from unikernel.model.block import Block
from unikernel.model.spec import Spec
from unikernel_toolchain.messages.visible import visible

FIRST = 3  # the descriptor after the standard ones


def check(spec: Spec) -> None:
    """Raise UsageError for disks that only QEMU reads, or takes later."""
    for name, block in spec.blocks.items():
        if block.empty:
            raise UsageError(
                f"{name!r} is a process's, which opens its disks when it starts: one of them "
                "cannot come later.",
                hint=f"Name it now: --block {name}=64M. Or build the image with -t virtio.",
            )
        if block.format != "raw":
            raise UsageError(
                f"{visible(block.file)} is a qcow2 image, and {name!r} is a process's: "
                "no QEMU reads it.",
                hint=f"Make a raw one of it: qemu-img convert -O raw {visible(block.file)} "
                "disk.img. Or build the image with -t virtio.",
            )


def variables(
    blocks: Mapping[str, Block], descriptors: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Return the boot variables that tell the base what each device's disk is.

    `descriptors` are those that the process inherits, by device. Without them, they are those that
    `redirections` opens.
    """
    numbers = descriptors or {name: FIRST + number for number, name in enumerate(blocks)}
    return {
        f"UNIKERNEL_BLOCK_{number}": f"file:{numbers[name]}" for number, name in enumerate(blocks)
    }


def redirections(blocks: Mapping[str, Block]) -> list[str]:
    """Return the words for a shell that open the disks; fresh ones are files to be made before."""
    return [
        f"{FIRST + number}{'<' if block.read_only else '<>'}"
        + shlex.quote(block.file or f"fresh-{block}.img")
        for number, block in enumerate(blocks.values())
    ]
