"""What is done with a machine's devices while it runs: ports that lead to it, and its disks."""

from __future__ import annotations

from pathlib import Path

from unikernel.disks import DiskContents, contents
from unikernel.disks.contents import held
from unikernel.errors import DiskUnavailable, UsageError, did_you_mean
from unikernel.host.sync_async import sync_and_async
from unikernel.machines.core.disk_change import DiskChange
from unikernel.model import advised
from unikernel.model.block import Block, parse_each, parse_size
from unikernel.model.port_forward import Forward, Protocol, checked, refuse_taken
from unikernel_toolchain.model import typed

from .facts import MachineFacts


class MachineDevices(MachineFacts):
    """A machine whose devices can be changed."""

    def contents(self, device: str = "") -> DiskContents:
        """Return what is on the disk of a device, the first by default.

        Of a snapshot that is what its guest sees. Raises DiskUnavailable, and UsageError for a
        device that there is not.
        """
        device = device or next(iter(self.disks), "")
        block = self._block(device)
        if block.empty:
            raise DiskUnavailable(
                f"The block device {device!r} of {self.name!r} has no disk now.",
                hint=f"Attach one: %unikernel {advised.disk('attach', self.name, device, 'DISK')}",
            )
        if not self.exit and device in self.disk_descriptors:
            return held(block, self.owner_pid, self.disk_descriptors[device])
        return contents(block)

    def _block(self, device: str) -> Block:
        """Return what is behind a device. Raises UsageError, and BadRequest for no text."""
        if typed.text("device", device) in self.disks:
            return self.disks[device]
        what = f"no block device {device!r}" if device else "no disk"
        raise UsageError(f"{self.name!r} has {what}.", hint=did_you_mean(device, self.disks))

    async def _forward(
        self, host_port: int, guest_port: int, protocol: Protocol = "tcp"
    ) -> Forward:
        """Let a port of the host lead to the guest from now on; host port 0 is any free one.

        It leads to the first device on a user network. Raises PortTaken, and UsageError when no
        device is on one.
        """
        port = Forward(host_port, guest_port, protocol)
        refuse_taken(port, self.ports)
        device, network, port = await self._side.driver.forward(self._side, port)
        self._side.rewire(device, network)
        return port

    forward, forward_async = sync_and_async(_forward)

    async def _unforward(self, port: Forward) -> None:
        """Let a port of the host lead to the guest no longer. Raises UsageError if it does not."""
        self._side.rewire(*await self._side.driver.unforward(self._side, checked(port)))

    unforward, unforward_async = sync_and_async(_unforward)

    async def _attach_disk(self, device: str, disk: str | Path | Block) -> Block:
        """Put a disk behind a device that has none, and return it with its size.

        `disk` is written as for `boot`. Raises DiskUnavailable, WrongState, and UsageError for a
        device that there is not, and for a guest that is a process.
        """
        self._block(device)
        change = DiskChange("attach", device, parse_each({device: disk})[device])
        await self._side.change_disk(change)
        return self.disks[device]

    attach_disk, attach_disk_async = sync_and_async(_attach_disk)

    async def _detach_disk(self, device: str) -> Block:
        """Take the disk of a device away and return it; what was written to it is on the host's.

        Requests that are under way are done before; later ones fail. Raises what `attach_disk`
        does, and DiskUnavailable when what was written does not reach the host's disk.
        """
        taken = self._block(device)
        await self._side.change_disk(DiskChange("detach", device))
        return taken

    detach_disk, detach_disk_async = sync_and_async(_detach_disk)

    async def _resize_disk(self, device: str, size: str | int, *, shrink: bool = False) -> None:
        """Give a device's disk another size, in bytes or as in "64M"; what is new reads as zeroes.

        With `shrink` it may be a smaller one: what is behind its new end is lost. Raises what
        `attach_disk` does.
        """
        self._block(device)
        change = DiskChange("resize", device, size_bytes=parse_size(size), shrink=shrink)
        await self._side.change_disk(change)

    resize_disk, resize_disk_async = sync_and_async(_resize_disk)
