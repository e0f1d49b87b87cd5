"""Guests that are processes on the host's networks, of which nothing may be left behind."""

import os

import pytest

import unikernel
from support.children import children
from support.networks.guest_network import interfaces
from unikernel.machines import registry

PATIENCE_S = 30


def build(source, name, *packages, target="unix", nets=("service",)):
    needed = ("mirage-stack-unikernel", *packages)
    return unikernel.build(source, name=name, target=target, packages=needed, nets=nets)


def boot(image, **choices):
    return unikernel.boot(image, timeout_s=PATIENCE_S, **choices)


@pytest.fixture(autouse=True)
def nothing_left():
    """Neither a process nor an interface is there afterwards that was not before."""
    before = interfaces()
    yield
    registry.clear()
    assert interfaces() == before
    assert children(os.getpid()) == {}
