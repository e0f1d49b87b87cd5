"""The monitor of a QEMU that another process started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from unikernel.errors import HypervisorSilent
from unikernel.host.run_folder import RunFolder
from unikernel.machines.qemu.qmp import QmpSession

ANSWER_TIME_S = 5.0  # in which a monitor answers that somebody else may be using


@asynccontextmanager
async def monitor(folder: RunFolder, name: str) -> AsyncIterator[QmpSession]:
    """Open the monitor of the machine `name` for a moment: it serves one client at a time.

    Raises HypervisorSilent when it does not answer.
    """
    session = QmpSession()
    try:
        async with asyncio.timeout(ANSWER_TIME_S):
            await session.open(str(folder.control))
    except TimeoutError:
        raise HypervisorSilent(
            f"The monitor of {name!r} does not answer: someone else may be using it."
        ) from None
    try:
        yield session
    finally:
        await session.close()
