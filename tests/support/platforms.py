"""What guests run on: a machine type of QEMU's for `virtio`, Linux for `unix`, Xen for `xen`.

A platform's word is a test's parameter.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from unikernel.model.targets import MACHINE_TYPES

OTHERS = ("unix", "xen")  # targets that are one platform each, of the same name
PLATFORMS = (*MACHINE_TYPES, *OTHERS)
ONE_A_TARGET = ("microvm", *OTHERS)
# What is above a device is the same on all of them, and is what these tests are about: they run on
# Xen when they are asked for.
MOST_TRIED = ("microvm", "unix")
ABOVE_DEVICES = (*MOST_TRIED, pytest.param("xen", marks=pytest.mark.asked))
# What is said over a stack that others try on every target: where guests start soonest.
ABOVE_STACKS = ("unix", *(pytest.param(it, marks=pytest.mark.asked) for it in ("microvm", "xen")))
LAB_MIB = 768  # for guests, of the lab's 1024
TARGETS = ("virtio", *OTHERS)


def in_turn(cases: Iterable[Any], name: Callable[[Any], str] = str) -> list[Any]:
    """Pair each case with one of MOST_TRIED, in turn, and with the other targets when asked to.

    For cases that are about a stack, of which there are enough for each platform to meet some.
    """
    return [
        pytest.param(
            case,
            platform,
            id=f"{name(case)}-{platform}",
            marks=() if platform == MOST_TRIED[number % 2] else pytest.mark.asked,
        )
        for number, case in enumerate(cases)
        for platform in ONE_A_TARGET
    ]


def on_xen_some(cases: Iterable[Any], some: Iterable[Any]) -> list[Any]:
    """Pair each case with every target, on Xen only `some` of them unless the others are asked for.

    For cases that differ above what Xen has of its own, where a boot takes a second and more.
    """
    chosen = list(some)
    return [
        pytest.param(
            case,
            platform,
            id=f"{case}-{platform}",
            marks=pytest.mark.asked if platform == "xen" and case not in chosen else (),
        )
        for case in cases
        for platform in ONE_A_TARGET
    ]


def target_of(platform: str) -> str:
    return platform if platform in OTHERS else "virtio"


def need_room(platform: str, memory_mib: int) -> None:
    """Skip what needs more memory than there is."""
    if platform == "xen" and memory_mib > LAB_MIB:
        pytest.skip(f"the Xen lab has {LAB_MIB} MiB for guests, and this one takes {memory_mib}")


def choices(platform: str) -> dict[str, Any]:
    """Return the words of `boot` that have a guest run there."""
    return {} if platform in OTHERS else {"machine": platform}
