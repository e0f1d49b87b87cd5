"""The Xen lab in tests: the one that all share, or one of a test's own."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab

T = TypeVar("T")

TIME_LIMIT_S = 180
# A process that has a lab until its standard input ends, and prints the pid of the lab's QEMU.
OWNER = """
import asyncio
from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab
print(event_loop.call(Lab.shared()).pid, flush=True)
input()
"""


def with_lab(body: Callable[[Lab], Awaitable[T]]) -> T:
    """Run `body(lab)` with the lab that tests share."""

    async def run() -> T:
        return await body(await Lab.shared())

    return event_loop.call(run(), timeout_s=TIME_LIMIT_S)


def with_own_lab(body: Callable[[Lab], Awaitable[T]]) -> T:
    """Run `body(lab)` with a lab of this test's own."""

    async def run() -> T:
        lab = await Lab.restored()
        try:
            return await body(lab)
        finally:
            await lab.close()

    return event_loop.call(run(), timeout_s=TIME_LIMIT_S)


async def said(lab: Lab, *argv: str) -> str:
    """Return what a program in dom0 printed. Fails when it does."""
    done = await lab.dom0.run(argv)
    assert done.status == 0, done.errors
    return done.output.decode()
