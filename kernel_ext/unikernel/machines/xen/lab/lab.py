"""A lab: one QEMU with Xen and dom0 inside, shared by everything of this process that needs Xen.

none ── shared ──▶ restoring ──▶ runs ◀── in use ── held
│           └── nothing in it for HOLD_AFTER_S ──▶
└─ damaged: made anew, once      QEMU ends: all in it learn of it
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from unikernel.disks import Disk
from unikernel.errors import (
    Dom0Refused,
    HypervisorLost,
    HypervisorSilent,
    LabUnavailable,
    QmpError,
)
from unikernel.host import event_loop
from unikernel.host.shielded import shielded
from unikernel.machines.xen.dom0 import Dom0
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.tools.progress import Progress

from . import command_line, migration, needs, snapshot
from .devices.disks import Disks
from .devices.nets import NetKind, Nets
from .devices.ports import DiskPort, NetPort
from .lab_dom0 import LabDom0
from .qemu_process import LabNotStarted, QemuProcess, not_started
from .snapshot import Snapshot

HOLD_AFTER_S = 5.0
_UNPLUG_TIME_S = 60.0
_ANSWER_TIME_S = 5.0
_CLOSE_TIME_S = 5.0
_log = logging.getLogger(__name__)


class Lab:
    """A lab that runs. Everything is for the event loop only.

    It is held (its processors stand still) a few seconds after nothing uses it any more, and goes
    on when something does: a program in dom0, an attached console, or whoever is inside `in_use`.
    """

    def __init__(self, saved: Snapshot) -> None:
        """Start QEMU with a copy of what was saved; `restore` comes next."""
        self.version = saved.xen_version
        self._saved = saved
        command = partial(command_line.restored, saved.qemu, saved.memory)
        self._deleted: dict[str, asyncio.Future[None]] = {}
        self._process = QemuProcess(command, self._on_event)
        self.qmp = self._process.qmp
        self.pid = self._process.process.pid
        self.ended = self._process.process.ended
        self.dom0: Dom0 = LabDom0(self._process.agent, self.in_use)
        self._nets = Nets(self.qmp, self.dom0, self._forget)
        self._disks = Disks(self.qmp, self.dom0, self._forget)
        self.is_retired = False
        self._uses = 0
        self._running = False
        self._switching = asyncio.Lock()
        self._hold_timer: asyncio.TimerHandle | None = None
        self._holding: asyncio.Task[None] | None = None
        self._life = asyncio.create_task(self._follow())

    @classmethod
    async def shared(cls, progress: Progress | None = None) -> Lab:
        """Return the lab of this process: restored, and built before if that was never done.

        `progress(what, done, total)` hears of the building. Raises LabUnavailable.
        """
        return await _shared_lab(progress or (lambda *_: None))

    @classmethod
    async def restored(cls, progress: Progress | None = None) -> Lab:
        """Return a lab of the caller's own. Raises what `shared` does."""
        tell = progress or (lambda *_: None)
        saved = await snapshot.ready(tell)
        try:
            return await cls._restored(saved)
        except LabNotStarted:
            raise
        except LabUnavailable as problem:
            _log.warning("The saved Xen lab is made anew, as it did not start: %s", problem)
        return await cls._restored(await snapshot.ready(tell, anew=True))

    @classmethod
    async def _restored(cls, saved: Snapshot) -> Lab:
        with os_errors.raised_as("Starting the Xen lab", LabNotStarted):
            lab = cls(saved)
        try:
            await lab.restore()
        except (HypervisorLost, HypervisorSilent, LabUnavailable, QmpError) as problem:
            await lab.close()
            if isinstance(problem, LabNotStarted) or needs.is_of_the_host(lab.last_words):
                raise not_started(lab.last_words) from problem
            what = f"The Xen lab does not start: {problem}"
            raise LabUnavailable(what, detail=lab.last_words) from problem
        except BaseException:
            await lab.close()
            raise
        return lab

    async def restore(self) -> None:
        """Put in what was saved, and wait until dom0 answers."""
        await self._process.open()
        await migration.restore(self.qmp, self._saved.state)
        self._running = True
        await self._process.agent.greet()
        self._hold_later()

    # ---- running and held

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Keep the lab running meanwhile. Entering raises HypervisorLost."""
        self._uses += 1
        try:
            if self._hold_timer:
                self._hold_timer.cancel()
            if not self._running or self._switching.locked():
                await self._switch()
            yield
        finally:
            self._uses -= 1
            self._hold_later()

    def _hold_later(self) -> None:
        if self._uses or self.ended.done():
            return
        if self.is_retired:
            self._process.process.kill()
        else:
            loop = asyncio.get_running_loop()
            self._hold_timer = loop.call_later(HOLD_AFTER_S, self._begin_holding)

    def _begin_holding(self) -> None:
        self._holding = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        with contextlib.suppress(HypervisorLost):
            await self._switch()

    async def _switch(self) -> None:
        """Have the lab run if it is used, and held if not."""
        async with self._switching:
            wanted = self._uses > 0
            if wanted == self._running:
                return
            await self.qmp.execute("cont" if wanted else "stop")
            self._running = wanted
            if wanted:
                await self._process.agent.greet()  # dom0's clock stood still

    # ---- what is plugged in

    async def plug_net(
        self, descriptor: int, *, kind: NetKind, mac: str = "", mtu: int = 0, offload: bool = True
    ) -> NetPort:
        """Give dom0 a network interface whose frames come through `descriptor`, which stays ours.

        `kind` is what the descriptor is, as Backend.kind. The interface is in a bridge of its own.
        Raises LabUnavailable and HypervisorLost.
        """
        async with self.in_use():
            return await self._nets.plug(descriptor, kind=kind, mac=mac, mtu=mtu, offload=offload)

    async def plug_disk(self, disk: Disk) -> DiskPort:
        """Give dom0 a disk, which stays open here, too. Raises LabUnavailable, HypervisorLost."""
        async with self.in_use():
            return await self._disks.plug(disk)

    async def unplug(self, port: NetPort | DiskPort) -> None:
        """Take a port away; returns when dom0 has let go of it. No error if that was done."""
        if self.ended.done():
            return
        async with self.in_use():
            if isinstance(port, NetPort):
                await self._nets.unplug(port)
            else:
                await self._disks.unplug(port)

    def _on_event(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "DEVICE_DELETED" and (gone := self._deleted.pop(data.get("device", ""), None)):
            gone.set_result(None)

    async def _forget(self, device: str) -> None:
        """Have QEMU take a device away, and wait until dom0 has let go of it."""
        gone = self._deleted[device] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_UNPLUG_TIME_S):
                await self.qmp.execute("device_del", {"id": device})
                await gone
        except TimeoutError:
            raise LabUnavailable(f"Dom0 does not let go of {device}.") from None
        finally:
            self._deleted.pop(device, None)

    # ---- the end

    async def answers(self) -> bool:
        """Whether the toolstack works: xenstore, which all of it waits for, tells something."""
        try:
            done = await self.dom0.run(("xenstore-read", "domid"), timeout_s=_ANSWER_TIME_S)
        except (Dom0Refused, HypervisorLost):
            return False
        return done.status == 0

    def retire(self, why: str) -> None:
        """Leave the lab to those that use it, and end it when nobody does any more."""
        if not self.is_retired and not self.ended.done():
            self.is_retired = True
            _log.warning("The next machine gets another Xen lab, as dom0 is out of order: %s", why)
            self._hold_later()

    @property
    def last_words(self) -> str:
        """What QEMU, Xen and dom0's kernel said last, for people."""
        return self._process.last_words

    async def _follow(self) -> None:
        """End all of the lab when a part of it does."""
        ends = (self.ended, self._process.agent.lost)
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if self._hold_timer:
            self._hold_timer.cancel()
        await self._process.end()

    async def close(self) -> None:
        """End the lab with all its domains; no error if that was done."""
        self._process.process.kill()
        await asyncio.shield(self._life)


class _Shared:
    """The lab of a process: its loop, its making, and how many wait for it."""

    def __init__(self, progress: Progress) -> None:
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.create_task(Lab.restored(progress))
        self._waiting = 0

    @property
    def is_over(self) -> bool:
        """Whether another is to be made: this one is another loop's, failed or ended."""
        if self.loop is not asyncio.get_running_loop():  # the parent's, before a fork
            return True
        if not self.task.done():
            return False
        if self.task.cancelled() or self.task.exception() is not None:
            return True
        lab = self.task.result()
        return lab.is_retired or lab.ended.done()

    async def lab(self) -> Lab:
        """Wait for the lab; when nobody waits any more, its making is given up."""
        self._waiting += 1
        try:
            return await shielded(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.task.cancel()

    async def close(self) -> None:
        """End the lab, or its making."""
        if self.is_over:
            return
        self.task.cancel()
        await asyncio.wait((self.task,))
        if not self.is_over:
            await self.task.result().close()


_shared: _Shared | None = None


async def _shared_lab(progress: Progress) -> Lab:
    global _shared  # noqa: PLW0603 (the one lab of the process)
    if _shared is None:
        event_loop.at_exit(close_shared)
    if _shared is None or _shared.is_over:
        _shared = _Shared(progress)
    return await _shared.lab()


def close_shared() -> None:
    """End the lab of this process, or its making, if there is one; the next use starts another."""
    if _shared:
        with contextlib.suppress(TimeoutError):
            event_loop.call(_shared.close(), timeout_s=_CLOSE_TIME_S)
