"""boot: from image and spec to a running machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from unikernel.host import event_loop
from unikernel.host.sync_async import sync_and_async
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.progress import Progress

from . import leftovers, registry
from .core.boot_progress import WaitPoint
from .core.launch import Launch
from .core.machine import Machine
from .core.owned import OwnerSide
from .prepare import prepare
from .targets import owned

Before = Callable[[Machine], None]


def boot(
    image: Image,
    /,
    *,
    name: str | None = None,
    wait: WaitPoint = "ready",
    timeout_s: float = 5.0,
    replace: bool = False,
    before: Before | None = None,
    progress: Progress | None = None,
    **choices: Any,
) -> Machine:
    """Boot an image, given itself or by its name, and return the machine.

    `choices` are the fields of Spec (memory_mib, machine, accelerator, arguments, environment,
    on_panic, paused). `name` is the machine's, the image's by default; `replace` stops a running
    machine of that name first. The call returns once the guest is "running", "ready" (it has said
    its first line, or has started and waits in silence), has said its first "line", or has come to
    its "exit", after `timeout_s` seconds at the latest; a paused machine is
    returned at once. `before(machine)` is called on the loop's thread before the guest starts,
    for listeners that must miss nothing; `progress(what, done, total)`, before that, when what
    guests of this kind need is made here for the first time. A guest that dies is not an error:
    look at the machine's `exit`.

    Raises NoSuchImage, ImageInvalid, NameTaken, UsageError for choices that mean nothing to the
    image's target, HypervisorMissing, and BootFailed when the image does not fit into the memory,
    or QEMU or the process refuses to start.
    """
    launch = _prepared(image, name, choices, progress)
    return run(launch, wait, timeout_s, replace=replace, before=before)


async def boot_async(
    image: Image,
    /,
    *,
    name: str | None = None,
    wait: WaitPoint = "ready",
    timeout_s: float = 5.0,
    replace: bool = False,
    before: Before | None = None,
    progress: Progress | None = None,
    **choices: Any,
) -> Machine:
    """Asynchronous twin of `boot`."""
    launch = await asyncio.to_thread(_prepared, image, name, choices, progress)
    return await run_async(launch, wait, timeout_s, replace=replace, before=before)


def _prepared(
    image: Image, name: str | None, choices: Mapping[str, Any], progress: Progress | None
) -> Launch:
    launch = prepare(image, name, Spec(**choices), progress=progress)
    leftovers.remove_stale()
    return launch


async def _run(
    launch: Launch,
    wait: WaitPoint,
    timeout_s: float,
    *,
    replace: bool = False,
    before: Before | None = None,
) -> Machine:
    """Start what `prepare` decided, and list it."""
    if replace and (other := _of_that_name(launch.name)):
        await other.stop_async()
    side = owned(launch)
    registry.register(side.machine)
    try:
        if before:
            before(side.machine)
        await side.start()
    except BaseException:
        registry.unregister(side.machine)
        raise
    await side.progress.reached(wait, timeout_s)
    return side.machine


run, run_async = sync_and_async(_run)


@contextmanager
def unlisted(
    launch: Launch, wait: WaitPoint = "running", timeout_s: float = 5.0, line_s: float = 0.0
) -> Iterator[Machine]:
    """Boot a machine that no list shows, wait as `boot` does, and end it with the block at once.

    In what is left of the time it has `line_s` more for a first line that has not come yet. After
    the block it tells how it ended, and its boot is timed to the end. Raises BootFailed and
    PortTaken.
    """
    side = event_loop.call(_unlisted(launch, wait, timeout_s, line_s))
    try:
        yield side.machine
    finally:
        event_loop.call(side.end())


async def _unlisted(launch: Launch, wait: WaitPoint, timeout_s: float, line_s: float) -> OwnerSide:
    side = owned(launch)
    await side.start()
    end_s = time.monotonic() + timeout_s
    try:
        await side.progress.reached(wait, timeout_s)
        if line_s:
            await side.progress.reached("line", min(line_s, end_s - time.monotonic()))
    except BaseException:
        await side.end()
        raise
    return side


def _of_that_name(name: str) -> Machine | None:
    return next((one for one in registry.machines() if one.name == name), None)
