"""A lab: one QEMU with Xen and dom0 inside, shared by everything of this process that needs Xen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal

from unikernel.disks import Disk
from unikernel.machines.qemu.qmp import QmpSession
from unikernel.machines.xen.dom0 import Dom0

from .ports import DiskPort, NetPort

Progress = Callable[[str, int, int], None]
NetKind = Literal["socket", "tap"]


class Lab:
    """A lab that runs. Everything is for the event loop only.

    It is held (its processors stand still) a few seconds after nothing uses it any more, and goes
    on when something does: a program in dom0, an attached console, or whoever is inside `in_use`.
    """

    dom0: Dom0
    qmp: QmpSession
    pid: int  # of QEMU
    version: str  # of Xen, such as "4.17.7"
    ended: asyncio.Future[int]  # QEMU's exit status; every domain is gone then

    @classmethod
    async def shared(cls, progress: Progress | None = None) -> Lab:
        """Return the lab of this process: restored, and built before if that was never done.

        `progress(what, done, total)` hears of the building. Raises LabUnavailable.
        """
        raise NotImplementedError

    def in_use(self) -> AbstractAsyncContextManager[None]:
        """Keep the lab running meanwhile. Entering raises HypervisorLost."""
        raise NotImplementedError

    async def plug_net(
        self, descriptor: int, *, kind: NetKind, mac: str = "", mtu: int = 0, offload: bool = True
    ) -> NetPort:
        """Give dom0 a network interface whose frames come through `descriptor`, which stays ours.

        `kind` is what the descriptor is, as Backend.kind. Raises LabUnavailable.
        """
        raise NotImplementedError

    async def plug_disk(self, disk: Disk) -> DiskPort:
        """Give dom0 a disk, which stays open here, too. Raises LabUnavailable."""
        raise NotImplementedError

    async def unplug(self, port: NetPort | DiskPort) -> None:
        """Take a port away; returns when dom0 has let go of it. No error if that was done."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the lab with all its domains; no error if that was done."""
        raise NotImplementedError
