"""What a guest under QEMU has used: by Linux, of QEMU's process, and by QEMU's own counters.

QEMU's user network counts no bytes. How many frames a device has passed is seen at its virtio
queues, each of which counts the buffers that QEMU has given back (used-idx). A frame that several
buffers hold is one there.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from unikernel.errors import HypervisorLost, HypervisorSilent, QmpError
from unikernel.host import process_counters
from unikernel.machines.usage import FRAME_COUNTERS, NO_DISK, NO_NETWORK, Usage
from unikernel.model.network import Network
from unikernel.model.spec import Spec
from unikernel.networks.backend import Backend
from unikernel.networks.traffic import total

Ask = Callable[..., Awaitable[Any]]

RECEIVE, TRANSMIT = 0, 1  # the queues of a network device (virtio 1.1, 5.1.2)
FRAMES_ONLY = "QEMU's user network counts no bytes; its frames are counted"
NO_FRAMES = "QEMU's user network counts no bytes, and this QEMU no frames: 7.2 and later do"
SILENT = "QEMU does not answer"


class Counters:
    """The counters of one QEMU of ours. Everything runs on the event loop."""

    def __init__(self, ask: Ask) -> None:
        """`ask(command, arguments)` executes a QMP command."""
        self._ask = ask
        self._net_paths: list[str] | None = None  # of its devices; None until it was asked
        self._counts_frames = True

    async def usage(self, pid: int, spec: Spec, backends: Iterable[Backend]) -> Usage:
        """Return what the QEMU with this pid has used for its guest."""
        unknown: dict[str, str] = {}
        found: dict[str, Any] = {}
        try:
            found |= await self._network(spec.nets, backends, unknown)
            found |= await self._disks(spec, unknown)
        except (HypervisorSilent, HypervisorLost):
            unknown |= {"network": SILENT, "disk": SILENT}
        return Usage(
            at_s=time.monotonic(),
            cpu_s=process_counters.cpu_s(pid),
            memory_bytes=process_counters.resident_bytes(pid),
            **found,
            unknown=unknown,
        )

    async def _network(
        self, nets: Mapping[str, Network], backends: Iterable[Backend], unknown: dict[str, str]
    ) -> dict[str, int]:
        if not nets:
            unknown["network"] = NO_NETWORK
            return {}
        if traffic := total(one.traffic() for one in backends):
            return vars(traffic)
        frames = await self._frames()
        unknown["network"] = FRAMES_ONLY if frames else NO_FRAMES
        return frames

    async def _frames(self) -> dict[str, int]:
        """Return how many frames its network devices have passed; nothing where QEMU is older."""
        if not self._counts_frames:
            return {}
        try:
            if self._net_paths is None:
                devices = await self._ask("x-query-virtio", None)
                self._net_paths = [it["path"] for it in devices if it["name"] == "virtio-net"]
            received = [await self._used(path, RECEIVE) for path in self._net_paths]
            sent = [await self._used(path, TRANSMIT) for path in self._net_paths]
        except (QmpError, KeyError, TypeError):
            self._counts_frames = False
            return {}
        return {
            "received_frames": sum(received) % FRAME_COUNTERS,
            "sent_frames": sum(sent) % FRAME_COUNTERS,
        }

    async def _used(self, path: str, queue: int) -> int:
        status = await self._ask("x-query-virtio-queue-status", {"path": path, "queue": queue})
        return int(status["used-idx"])

    async def _disks(self, spec: Spec, unknown: dict[str, str]) -> dict[str, int]:
        if not spec.blocks:
            unknown["disk"] = NO_DISK
            return {}
        answer = await self._ask("query-blockstats", None)
        counted = [one["stats"] for one in answer]
        return {
            "read_bytes": sum(int(one["rd_bytes"]) for one in counted),
            "written_bytes": sum(int(one["wr_bytes"]) for one in counted),
        }
