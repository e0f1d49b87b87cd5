"""The lab as it is restored: its memory, sparse, and the state of its processor and devices.

It is made once by booting Xen and dom0 to where the agent answers, and kept in the cache under all
that it depends on: QEMU, the packages, and this folder's sources. The memory of the QEMU that boots
is no file of the disk, which may be full, and is copied, without its zeros, when the lab is saved.

    packages ── fetched ──▶ parts ── booted, saved ──▶ snapshot ── restored ──▶ labs
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unikernel.errors import Dom0Refused, HypervisorLost, HypervisorSilent, LabUnavailable
from unikernel.host import event_loop
from unikernel.host.shielded import shielded
from unikernel.host.threads import in_thread
from unikernel.machines.qemu import hypervisor
from unikernel_toolchain.errors import BuildInterrupted
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.tools.progress import Progress, Steps
from unikernel_toolchain.tools.run import Stop

from . import agent_program, command_line, migration, needs, parts
from .choice import Choice, choose
from .command_line import Kernels
from .qemu_process import QemuProcess

_BOOT_TIME_S = 180.0
_SETTLE_TIME_S = 30.0
_INTERRUPTED_TIME_S = 20.0
_PAGE_BYTES = 4096
_CHUNK_BYTES = 1 << 20
_STEPS = ("the packages of Xen and Linux", "dom0's agent", "Xen and dom0, booting")
# What would be in memory twice goes, and what each restored lab would do first is done.
_SETTLE = (("sh", "-c", "echo 3 >/proc/sys/vm/drop_caches"), ("xl", "list"))


@dataclass(frozen=True)
class Snapshot:
    """A lab that was saved."""

    folder: Path
    qemu: str
    xen_version: str

    @property
    def memory(self) -> Path:
        """The file that the restored QEMU maps privately."""
        return self.folder / "memory"

    @property
    def state(self) -> bytes:
        """What `migration.restore` takes."""
        return (self.folder / "state").read_bytes()


async def ready(progress: Progress, *, anew: bool = False) -> Snapshot:
    """Return the lab's snapshot, made if there is none; with `anew` in any case.

    `progress(what, done, total)` hears of the making. When this is cancelled, the making ends soon.
    Raises LabUnavailable, PackageUnavailable, HypervisorMissing and ToolchainError.
    """
    loop = asyncio.get_running_loop()

    def tell(what: str, done: int, total: int) -> None:
        loop.call_soon_threadsafe(progress, what, done, total)

    making = _Making(tell, anew=anew)
    outcome = in_thread(making.snapshot, "xen-lab")
    try:
        return await shielded(outcome)
    except asyncio.CancelledError:
        making.interrupt()
        await asyncio.wait((outcome,), timeout=_INTERRUPTED_TIME_S)
        raise


class _Making:
    """The making of a snapshot, in a thread that may be interrupted from another."""

    def __init__(self, progress: Progress, *, anew: bool) -> None:
        self._steps = Steps(progress, len(_STEPS))
        self._anew = anew
        self._stop = Stop()
        self._booting: Future[bytes] | None = None

    def interrupt(self) -> None:
        """Have `snapshot` end soon, with BuildInterrupted."""
        self._stop.request()
        if self._booting:
            self._booting.cancel()

    def snapshot(self) -> Snapshot:
        """Return the snapshot: see `ready`."""
        try:
            return self._ready()
        except (KeyboardInterrupt, CancelledError):  # which a task must not end with
            raise BuildInterrupted("The making of the Xen lab was interrupted.") from None
        except OSError as problem:
            raise cache.refused(problem) from problem

    def _ready(self) -> Snapshot:
        qemu = hypervisor.find("The Xen lab")
        choice = choose(self._stop)
        made_of = (hypervisor.identity(qemu), hypervisor.version(qemu), _sources())
        folder = cache.root() / "xen" / choice.digest(*made_of)
        with cache.locked("xen"):
            if self._anew or integrity.damage_as_remembered(folder):
                self._make(folder, qemu, choice)
                _remove_others(folder)
        return Snapshot(folder, qemu, choice.xen_version)

    def _make(self, folder: Path, qemu: str, choice: Choice) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        needs.check_room(folder.parent)
        self._steps.begin(_STEPS[0])
        fetched = parts.fetched(choice)
        self._steps.begin(_STEPS[1])
        agent = agent_program.compiled(self._stop)
        self._steps.begin(_STEPS[2])
        integrity.renew(folder, "the Xen lab", partial(self._boot, qemu, fetched, agent))
        integrity.remember(folder)
        self._steps.end("the Xen lab")

    def _boot(self, qemu: str, fetched: Path, agent: bytes, folder: Path) -> None:
        """Put a lab's memory and state into a folder."""
        parts.put(fetched, agent, folder)
        kernels = Kernels(folder / "xen", folder / "kernel", folder / "initramfs")
        memory = os.memfd_create("xen-lab", os.MFD_CLOEXEC)
        try:
            os.ftruncate(memory, command_line.MEMORY_MIB << 20)
            self._stop.check()
            self._booting = event_loop.post(_booted(qemu, memory, kernels))
            (folder / "state").write_bytes(self._booting.result())
            for path in (kernels.xen, kernels.kernel, kernels.initramfs):
                path.unlink()
            _copy(memory, folder / "memory")
        finally:
            os.close(memory)


def _sources() -> str:
    return source_digest(Path(__file__).parent)


def _remove_others(folder: Path) -> None:
    """Remove snapshots but this one and the newest of the others, which may be in use by turns."""
    others = [one for one in cache.finished("xen/*/state") if one.parent != folder]
    for old in sorted(others, key=lambda one: one.stat().st_mtime_ns)[:-1]:
        cache.discard(old.parent)


async def _booted(qemu: str, memory: int, kernels: Kernels) -> bytes:
    """Boot a lab with its memory in an open file, and return its state."""
    path = Path(f"/proc/self/fd/{memory}")
    process = QemuProcess(lambda ends: command_line.cold(qemu, path, ends, kernels), keep=[memory])
    try:
        await process.open()
        async with asyncio.timeout(_BOOT_TIME_S):
            await process.agent.greet()
        for argv in _SETTLE:
            channel = await process.agent.start(argv, lambda *_: None)
            async with asyncio.timeout(_SETTLE_TIME_S):
                await channel.ended
        return await migration.save(process.qmp)
    except (HypervisorLost, HypervisorSilent, Dom0Refused, TimeoutError) as problem:
        raise LabUnavailable(
            "The Xen lab was not made: Xen and dom0 did not come up.", detail=process.last_words
        ) from problem
    finally:
        await process.end()


def _copy(memory: int, path: Path) -> None:
    """Copy memory into a file, with holes where there are zeros."""
    size = os.fstat(memory).st_size
    zeros = bytes(_PAGE_BYTES)
    with path.open("wb") as file:
        file.truncate(size)
        at = 0
        while at < size and (at := _next_data(memory, at, size)) < size:
            chunk = os.pread(memory, _CHUNK_BYTES - at % _CHUNK_BYTES, at)
            for begin in range(0, len(chunk), _PAGE_BYTES):
                page = chunk[begin : begin + _PAGE_BYTES]
                if page != zeros:
                    file.seek(at + begin)
                    file.write(page)
            at += len(chunk)


def _next_data(memory: int, at: int, size: int) -> int:
    try:
        return os.lseek(memory, at, os.SEEK_DATA)
    except OSError:  # ENXIO: there is none
        return size
