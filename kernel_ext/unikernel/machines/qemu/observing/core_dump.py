"""The core of a guest under QEMU, taken while QEMU holds it in its panic.

QEMU writes it into a pipe, out of which zeroes become holes. Physical memory is written as it is:
page tables that a broken guest has made are not followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os

from unikernel.errors import UnikernelError
from unikernel.machines import cores
from unikernel.machines.cores import Core
from unikernel.machines.qemu.qmp import QmpSession
from unikernel_toolchain.model.image import Image

_DESCRIPTOR = "core"


async def take(session: QmpSession, machine: str, image: Image, memory_mib: int) -> Core:
    """Keep the core of a held guest, and return it. Raises UnikernelError when that fails."""
    with cores.taking(machine, image) as core:
        await _dump(session, core, (memory_mib << 20) + cores.EXTRA_BYTES)
    return core


async def _dump(session: QmpSession, core: Core, most_bytes: int) -> None:
    ours, theirs = os.pipe()
    try:
        try:
            await session.name_descriptor(theirs, _DESCRIPTOR)
        finally:
            os.close(theirs)
        writing = asyncio.create_task(
            asyncio.to_thread(cores.write_sparsely, ours, core.path, most_bytes)
        )
        try:
            asked = {"paging": False, "protocol": f"fd:{_DESCRIPTOR}"}
            await session.execute("dump-guest-memory", asked)
        except UnikernelError:
            with contextlib.suppress(UnikernelError):  # our end of the pipe comes to its end
                await session.execute("closefd", {"fdname": _DESCRIPTOR})
            await asyncio.wait({writing})
            raise
        await writing
    finally:
        os.close(ours)
