"""Guests that are processes on the host's networks, of which nothing may be left behind."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import unikernel
from support.children import children
from support.networks.guest_network import interfaces
from unikernel.machines import registry
from unikernel.machines.core.machine import Machine
from unikernel.machines.xen.lab import lab
from unikernel_toolchain.model.image import Image

PATIENCE_S = 30


def build(
    source: str, name: str, *packages: str, target: str = "unix", nets: Sequence[str] = ("service",)
) -> Image:
    needed = ("mirage-stack-unikernel", *packages)
    return unikernel.build(source, name=name, target=target, packages=needed, nets=nets)


def boot(image: Image, **choices: Any) -> Machine:
    return unikernel.boot(image, timeout_s=PATIENCE_S, **choices)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Neither a process nor an interface is there afterwards that was not before."""
    lab.close_shared()  # of tests of other files, which would count as a process
    before = interfaces()
    yield
    registry.clear()
    assert interfaces() == before
    assert children(os.getpid()) == {}
