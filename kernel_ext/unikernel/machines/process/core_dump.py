"""The core of a guest that is a process, taken while that waits at its end to be let go.

Linux writes no core of a process that catches its own faults and exits; gdb does, of a process that
lives (gcore). A guest that was started with UNIKERNEL_CORE waits for that on its trace channel.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from unikernel.host.children import die_with_parent
from unikernel.machines import cores
from unikernel.machines.cores import Core
from unikernel_toolchain.model.image import Image

_TIME_S = 30.0


async def take(gdb: Path, pid: int, machine: str, image: Image, memory_mib: int) -> Core:
    """Keep the core of a process, and return it. Raises UnikernelError when that fails."""
    with cores.taking(machine, image) as core:
        whole = core.folder / "whole"
        await _dump(gdb, pid, whole)
        most_bytes = (memory_mib << 20) + cores.EXTRA_BYTES
        await asyncio.to_thread(_make_sparse, whole, core, most_bytes)
    return core


async def _dump(gdb: Path, pid: int, path: Path) -> None:
    """Have gdb write a core. Raises TimeoutError."""
    command = (
        *(str(gdb), "-nx", "-nh", "-batch"),
        *("-iex", "set auto-load off", "-iex", "set debuginfod enabled off"),
        *("-p", str(pid), "-ex", f"generate-core-file {path}"),
    )
    process = await asyncio.create_subprocess_exec(
        *die_with_parent(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_TIME_S):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _make_sparse(whole: Path, core: Core, most_bytes: int) -> None:
    if not whole.exists():
        raise FileNotFoundError("gdb wrote none")
    descriptor = os.open(whole, os.O_RDONLY)
    try:
        cores.write_sparsely(descriptor, core.path, most_bytes)
    finally:
        os.close(descriptor)
        whole.unlink()
