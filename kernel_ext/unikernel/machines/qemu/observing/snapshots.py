"""Snapshots of a guest under QEMU: taken, and gone back to, without starting QEMU anew.

QEMU writes the state of processor, devices and memory into a qcow2 file of ours (snapshot-save) and
reads it back in place (snapshot-load), so that consoles, networks and monitors stay as they are. It
works on microvm, q35 and pc alike. Migration would need a second QEMU, and new networks with it.

A snapshot of memory alone would go back to a guest whose disks have gone on. So disks go along as
snapshots inside their own overlays, which `snapshot` disks have; a guest that writes to a disk of
the host is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
from pathlib import Path

from unikernel.disks import qcow2
from unikernel.errors import HypervisorSilent, QmpError, UsageError
from unikernel.machines.qemu.qmp import QmpSession
from unikernel.machines.snapshots.memory import Source
from unikernel.model.block import Block, size_text
from unikernel.model.spec import Spec

MOST_MEMORY_MIB = 1024
_JOB_S = 60.0
_ASK_EVERY_S = 0.005
_STATE_BYTES = 1 << 20  # of the disk that the file also is, and nobody writes to
_numbers = itertools.count(1)


def check(name: str, spec: Spec) -> None:
    """Raise UsageError where a snapshot would not be whole, or be very large."""
    if spec.memory_mib > MOST_MEMORY_MIB:
        raise UsageError(
            f"{name!r} has {spec.memory_mib:,} MiB of memory, and snapshots are made of up to "
            f"{MOST_MEMORY_MIB:,}."
        )
    for device, block in spec.blocks.items():
        if not (block.empty or block.read_only or block.snapshot):
            raise UsageError(
                f"The disk of {device!r} is written to in place: memory would go back, and what is "
                "on the disk would not.",
                hint=f"Both go back when {_going_back(device, block)}.",
            )


def _going_back(device: str, block: Block) -> str:
    """Return how to boot so that a disk goes back with the memory."""
    boot = f"it is booted with --block {device}=FILE,snapshot"
    if block.is_fresh:  # thrown away as well, but not an overlay, which alone has snapshots
        size = size_text(block.size_bytes).removesuffix("B")
        return f"{boot}, where FILE is as empty: truncate -s {size} FILE"
    return f"{boot} (or ro)"


class States:
    """The files of QEMU's that hold snapshots, by tag, while they are open in one QEMU."""

    def __init__(self, session: QmpSession) -> None:
        self._session = session
        self._sets: dict[str, int] = {}

    async def save(self, path: Path) -> str:
        """Save the guest, which is held, into a new file; return the tag. Raises QmpError."""
        tag = f"snapshot{next(_numbers)}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            qcow2.create(descriptor, _STATE_BYTES)
            self._sets[tag] = await self._session.add_descriptor(descriptor)
        finally:
            os.close(descriptor)
        file = {"driver": "file", "filename": f"/dev/fdset/{self._sets[tag]}"}
        try:
            await self._session.execute(
                "blockdev-add", {"driver": "qcow2", "node-name": tag, "file": file}
            )
            await self._job("snapshot-save", tag)
        except BaseException:
            await self._close(tag)
            raise
        return tag

    async def load(self, tag: str) -> None:
        """Bring the guest, which is held, back to where it was. Raises QmpError."""
        await self._job("snapshot-load", tag)

    async def delete(self, tag: str) -> None:
        """Forget a snapshot, on disks too. Raises QmpError."""
        if overlays := await self._overlays():
            await self._run("snapshot-delete", {"tag": tag, "devices": overlays})
        await self._close(tag)

    async def _overlays(self) -> list[str]:
        """Return the nodes of disks that go along: what is qcow2, written to, and not ours.

        Named by their devices, QEMU 7.2 takes such a disk back and answers no request afterwards.
        """
        nodes = await self._session.execute("query-named-block-nodes", {"flat": True})
        return [
            str(node["node-name"])
            for node in (nodes if isinstance(nodes, list) else [])
            if node["drv"] == "qcow2" and not node["ro"] and node["node-name"] not in self._sets
        ]

    async def _close(self, tag: str) -> None:
        with contextlib.suppress(QmpError):
            await self._session.execute("blockdev-del", {"node-name": tag})
        with contextlib.suppress(QmpError):
            await self._session.execute("remove-fd", {"fdset-id": self._sets.pop(tag)})

    async def _job(self, command: str, tag: str) -> None:
        devices = [tag, *await self._overlays()]
        await self._run(command, {"tag": tag, "vmstate": tag, "devices": devices})

    async def _run(self, command: str, arguments: dict[str, object]) -> None:
        """Run a job of QEMU's to its end. Raises QmpError when it fails."""
        job = f"{command}-{next(_numbers)}"
        await self._session.execute(command, {"job-id": job, **arguments})
        try:
            async with asyncio.timeout(_JOB_S):
                error = await self._outcome(job)
        except TimeoutError:
            raise HypervisorSilent(f"QEMU has not done {command!r} within {_JOB_S:g} s.") from None
        await self._session.execute("job-dismiss", {"id": job})
        if error:
            raise QmpError(f"QEMU failed in {command!r}: {error}.")

    async def _outcome(self, job: str) -> str:
        """Return, once a job is done, why it failed; "" if it did not."""
        while True:
            jobs = await self._session.execute("query-jobs")
            for one in jobs if isinstance(jobs, list) else []:
                if one["id"] == job and one["status"] == "concluded":
                    return str(one.get("error", ""))
            await asyncio.sleep(_ASK_EVERY_S)


async def memory(session: QmpSession, spec: Spec) -> list[Source]:
    """Return where QEMU has the guest's memory. Raises QmpError."""
    line = {"command-line": "gpa2hva 0"}
    answer = str(await session.execute("human-monitor-command", line))
    found = re.search(r" is (0x[0-9a-f]+)", answer)
    if not found:
        raise QmpError(f"QEMU does not tell where the guest's memory is: {answer.strip()}")
    return [Source(0, int(found[1], 16), spec.memory_mib << 20)]


async def stack_pointer(session: QmpSession) -> int:
    """Return the guest's stack pointer; 0 where QEMU does not tell."""
    line = {"command-line": "info registers"}
    found = re.search(r"RSP=([0-9a-f]+)", str(await session.execute("human-monitor-command", line)))
    return int(found[1], 16) if found else 0
