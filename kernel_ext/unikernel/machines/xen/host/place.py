"""The host's own Xen as a place for domains.

A device's network is a bridge of the host: who runs Xen there has set it up. What keeps a domain
from outliving this process, as a process of its own, is a shell that waits for our end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from unikernel.disks import Disk
from unikernel.errors import HypervisorMissing
from unikernel.machines.xen import command_line
from unikernel.machines.xen.place import Place
from unikernel.machines.xen.xl.config import Vbd, Vif
from unikernel.model.measurement import Scalar
from unikernel.networks.backend import Backend

from . import detection
from .dom0 import HostDom0

# Reads a line when the domain has been destroyed, and an end of file when we have ended.
_GUARD = 'read -r _ || "$1" destroy "$2"'


class HostPlace(Place):
    """The host."""

    lost = ""  # it is never gone without us

    def __init__(self) -> None:
        self.dom0 = HostDom0()
        self.pid = os.getpid()
        self.ended = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Do nothing: it runs."""
        yield

    @asynccontextmanager
    async def guarded(self, name: str) -> AsyncIterator[None]:
        """Have the domain destroyed when this process ends meanwhile, however that is."""
        try:
            guard = subprocess.Popen(  # noqa: ASYNC220 (a fork)
                ("sh", "-c", _GUARD, "sh", detection.xl(), name),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as problem:
            raise HypervisorMissing(f"sh cannot be run: {problem.strerror}.") from problem
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                guard.communicate(b"\n", timeout=1.0)

    async def versions(self) -> dict[str, Scalar]:
        """Return the versions of Xen and of dom0's kernel."""
        return {"xen": detection.version(), **await super().versions()}

    async def plug_net(self, backend: Backend) -> Vif:
        """Return the vif in the bridge that the network names."""
        network = backend.network
        return Vif(command_line.bridge(network), network.mac or "", network.mtu)

    async def plug_disk(self, disk: Disk) -> Vbd:
        """Return the disk as our open file of it, through which xl finds it."""
        return Vbd(f"/proc/{os.getpid()}/fd/{disk.descriptor}", disk.block.read_only)

    async def unplug(self, device: Vif | Vbd) -> None:
        """Do nothing: xl has let go of it with the domain."""
