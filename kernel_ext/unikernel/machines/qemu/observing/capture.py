"""Frames written to a file by a QEMU that runs already, as by one that is told to at its start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from unikernel.machines.qemu.netdev import DUMP_LIMIT_BYTES

Ask = Callable[[str, Mapping[str, Any]], Awaitable[object]]


async def start(ask: Ask, number: int, path: str) -> None:
    """Have the frames of the network device with this number written. Raises QmpError."""
    what = {"netdev": f"net{number}", "file": path, "maxlen": DUMP_LIMIT_BYTES}
    await ask("object-add", {"qom-type": "filter-dump", "id": f"dump{number}", **what})


async def stop(ask: Ask, number: int) -> None:
    """End that, or what began with QEMU; the file is whole then. Raises QmpError."""
    await ask("object-del", {"id": f"dump{number}"})
