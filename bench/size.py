"""Sizes: bytes of stripped images, and the least memory in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import unikernel
from unikernel.errors import BootFailed, UnikernelError
from unikernel.model.measurement import Measurement, Measurements

from .tools.programs import LINE, LWT, OCAML, C
from .tools.report import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from unikernel_toolchain.model.image import Image

SMALL_HEAP = {"OCAMLRUNPARAM": "s=4k,h=4k"}
MOST_MEMORY_MIB = 32
LIMITS = (
    Limit("size.ocaml", 200_000),
    Limit("size.lwt", 650_000),
    Limit("size.c", 30_000),
    Limit("memory.ocaml", 6),
    Limit("memory.ocaml, small heap", 4),
    Limit("memory.c", 2),
)


def run(_folder: Path) -> Measurements:
    """Measure the hello programs: sizes in bytes, memory in MiB."""
    ocaml = unikernel.build(OCAML, name="bench-hello")
    lwt = unikernel.build(LWT, name="bench-lwt", packages=["lwt"])
    c = unikernel.build(C, name="bench-c", language="c")
    sizes = {"size.ocaml": ocaml, "size.lwt": lwt, "size.c": c}
    memories = {
        "memory.ocaml": least_memory_mib(ocaml, {}),
        "memory.ocaml, small heap": least_memory_mib(ocaml, SMALL_HEAP),
        "memory.c": least_memory_mib(c, {}),
    }
    return Measurements(
        [Measurement(name, image.size_bytes, "B", {}) for name, image in sizes.items()]
        + [Measurement(name, mib, "MiB", {}) for name, mib in memories.items()]
    )


def least_memory_mib(image: Image, environment: Mapping[str, str]) -> int:
    """Return the least memory in which the guest says its line and exits with success."""
    for memory_mib in range(1, MOST_MEMORY_MIB + 1):
        if runs(image, memory_mib, environment):
            return memory_mib
    raise UnikernelError(f"{image.name} does not run in {MOST_MEMORY_MIB} MiB.")


def runs(image: Image, memory_mib: int, environment: Mapping[str, str]) -> bool:
    """Say whether the guest does its work in that much memory."""
    try:
        with unikernel.boot(image, memory_mib=memory_mib, environment=environment) as vm:
            ended = vm.wait(timeout_s=30)
            return ended.ok and LINE in vm.console.text
    except BootFailed:
        return False
