"""Place: where domains run, and how the devices of a machine get there."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from unikernel.disks import Disk
from unikernel.errors import UsageError
from unikernel.machines.xen.dom0 import Dom0
from unikernel.model.measurement import Scalar
from unikernel.networks.backend import Backend
from unikernel_toolchain.messages.visible import visible

from .xl.config import Vbd, Vif

_LONGEST_VERSION = 60  # characters


class Place(ABC):
    """A dom0 with its Xen. Everything is for the event loop only."""

    dom0: Dom0
    pid: int  # of the process with which all domains end
    ended: asyncio.Future[int]  # its exit status
    has_steady_tsc = False  # though Xen cannot know it

    @property
    @abstractmethod
    def lost(self) -> str:
        """Why it is gone, once it has ended."""

    async def qmp(self, command: str, _: Mapping[str, Any] | None) -> object:
        """Ask the QEMU that the place is in. Raises QmpError, and UsageError where none is."""
        raise UsageError(
            f"No QEMU runs this domain that would understand {command!r}.",
            hint="xl NAME COMMAND asks Xen's toolstack.",
        )

    def give_up(self, why: str) -> None:  # noqa: B027 (most have nothing to do)
        """Have no more domains made in a dom0 that does not do what it is told."""

    @abstractmethod
    def in_use(self) -> AbstractAsyncContextManager[None]:
        """Keep it running meanwhile."""

    async def versions(self) -> dict[str, Scalar]:
        """Return the versions of what it consists of, by the names of dimensions."""
        kernel = (await self.dom0.run(["uname", "-r"])).output.decode("utf-8", "replace")
        return {"dom0_kernel": visible(kernel.strip())[:_LONGEST_VERSION]}

    def guarded(self, name: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002
        """Have the domain `name` end with this process, where that is not a matter of course."""
        return nullcontext()

    @abstractmethod
    async def plug_net(self, backend: Backend) -> Vif:
        """Bring a network there; what is behind it begins to carry frames afterwards."""

    @abstractmethod
    async def plug_disk(self, disk: Disk) -> Vbd:
        """Bring a disk there."""

    @abstractmethod
    async def unplug(self, device: Vif | Vbd) -> None:
        """Take a device away; returns when the place has let go of it."""
