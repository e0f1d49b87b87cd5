"""A lab's state, out of one QEMU and into another: QEMU's migration, without the memory.

The memory lies in a file that both map (capability x-ignore-shared); what is moved is the state of
processors and devices, half a megabyte. It goes through a socket: the sandbox lets QEMU start no
program, and files are for newer QEMUs only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

from unikernel.errors import LabUnavailable
from unikernel.machines.qemu.qmp import QmpSession

MOST_STATE_BYTES = 64 << 20
_TIME_S = 30.0
_NAME = "state"
_CHUNK = 1 << 18
_ASK_EVERY_S = 0.002
_ENDS = ("completed", "failed", "cancelled")


async def save(qmp: QmpSession) -> bytes:
    """Return the state of a QEMU, which is held from then on. Raises LabUnavailable."""
    await qmp.execute("stop")
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            await _prepare(qmp, theirs)
        reading = asyncio.create_task(_read(ours))
        await _finish(qmp, "migrate", reading)
        return reading.result()


async def restore(qmp: QmpSession, state: bytes) -> None:
    """Put a state into a QEMU that waits for one, and let it run. Raises LabUnavailable."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            await _prepare(qmp, theirs)
        await _finish(qmp, "migrate-incoming", asyncio.create_task(_write(ours, state)))
    await qmp.execute("cont")


async def _prepare(qmp: QmpSession, end: socket.socket) -> None:
    capability = {"capability": "x-ignore-shared", "state": True}
    await qmp.execute("migrate-set-capabilities", {"capabilities": [capability]})
    # A machine that has moved tells its networks (RARP): nobody's frames but the guests' go there.
    await qmp.execute("migrate-set-parameters", {"announce-rounds": 0})
    await qmp.name_descriptor(end.fileno(), _NAME)


async def _finish(qmp: QmpSession, command: str, moving: asyncio.Task[Any]) -> None:
    """Begin a migration and wait until all has moved and QEMU is content."""
    try:
        async with asyncio.timeout(_TIME_S):
            await qmp.execute(command, {"uri": f"fd:{_NAME}"})
            await moving
            word = await _status(qmp)
            while word not in _ENDS:
                await asyncio.sleep(_ASK_EVERY_S)
                word = await _status(qmp)
    except TimeoutError:
        word = "not done in time"
    finally:
        moving.cancel()
    if word != _ENDS[0]:
        raise LabUnavailable(f"QEMU's migration of the Xen lab is {word}.")


async def _status(qmp: QmpSession) -> str:
    answer = await qmp.execute("query-migrate")
    return str(answer.get("status", "")) if isinstance(answer, dict) else ""


async def _read(ours: socket.socket) -> bytes:
    ours.setblocking(False)
    state = bytearray()
    while data := await asyncio.get_running_loop().sock_recv(ours, _CHUNK):
        state += data
        if len(state) > MOST_STATE_BYTES:
            raise LabUnavailable(f"The Xen lab's state has more than {MOST_STATE_BYTES:,} bytes.")
    return bytes(state)


async def _write(ours: socket.socket, state: bytes) -> None:
    ours.setblocking(False)
    with contextlib.suppress(ConnectionError):  # QEMU says why it closed its end
        await asyncio.get_running_loop().sock_sendall(ours, state)
        ours.shutdown(socket.SHUT_WR)
