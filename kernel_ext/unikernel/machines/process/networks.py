"""What the devices of a process are attached to, from before its start until after its end."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from unikernel import networks
from unikernel.errors import UsageError
from unikernel.model.network import Lan, Network, Tap, User
from unikernel.model.spec import Spec
from unikernel.networks import lan, relay, socket_pair
from unikernel.networks.backend import Backend
from unikernel.networks.capture import Capture

from . import attachments
from .user_network import Nat


class ProcessNetworks:
    """The networks of one process. Everything runs on the event loop."""

    def __init__(
        self,
        spec: Spec,
        control: Path,
        lost: Callable[[str], None],
        *,
        strained: Callable[[str], None] = lambda _: None,
        capture_ended: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a backend for every device of `spec.nets`, and begin its captures.

        The monitor of user networks listens at `control`. `lost(why)` is called if they go while
        the process runs, `strained(why)` when they take no new flows, `capture_ended(why)` when
        frames can no longer be written down.
        Raises HypervisorMissing, PortTaken and NetworkUnavailable.
        """
        self._captures: dict[str, Capture] = {}
        self._backends: dict[str, Backend] = {}
        self._nat: Nat | None = None
        self._capture_ended = capture_ended
        try:
            for device, path in spec.captures.items():
                self._captures[device] = Capture(path, capture_ended)
            far_ends = self._open_backends(spec)
            if far_ends:
                files = self._leave_captures(spec, far_ends)
                self._nat = Nat(
                    *(far_ends, control, lost),
                    strained=strained,
                    captures=files,
                    capture_ended=capture_ended,
                )
        except BaseException:
            self.close()
            raise

    def _open_backends(self, spec: Spec) -> dict[int, Backend]:
        """Open the backends; return the other ends of those on user networks."""
        far_ends: dict[int, Backend] = {}
        for number, (device, network) in enumerate(spec.nets.items()):
            if isinstance(network, User):
                self._backends[device], far_ends[number] = socket_pair.stream_backends(network)
            else:
                self._backends[device] = _open_backend(network, self._captures.get(device))
        return far_ends

    def _leave_captures(self, spec: Spec, far_ends: Container[int]) -> dict[int, str]:
        """Return the files for QEMU to write, which can be written as of now."""
        files = {}
        for number, device in enumerate(spec.nets):
            if number in far_ends and device in self._captures:
                self._captures.pop(device).close()
                files[number] = spec.captures[device]
        return files

    @property
    def nets(self) -> dict[str, Network]:
        """The networks of the devices, with every choice made."""
        return {device: backend.network for device, backend in self._backends.items()}

    @property
    def backends(self) -> Mapping[str, Backend]:
        """The host's ends, by device."""
        return self._backends

    @property
    def variables(self) -> dict[str, str]:
        """The boot variables that tell the process what it inherits."""
        attached = {device: backend.attachment() for device, backend in self._backends.items()}
        return attachments.variables(self.nets, attached)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the process inherits."""
        return tuple(
            number for backend in self._backends.values() for number in backend.descriptors
        )

    def start(self) -> None:
        """Let go of what the process has inherited, and start what carries its frames."""
        self._let_go()
        if self._nat:
            self._nat.start()

    async def ready(self) -> None:
        """Return when every network is up. Raises PortTaken and NetworkUnavailable."""
        if self._nat:
            await self._nat.ready()

    async def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command where the user networks are, and return its result.

        Raises QmpError, UsageError when there is none, and HypervisorLost when they are gone.
        """
        if self._nat is None:
            raise UsageError("The machine is on no user network.")
        return await self._nat.ask(command, arguments)

    def widen_ports(self) -> None:
        """Let many connections at once wait at the ports: see `qemu.user_network.backlog`."""
        if self._nat:
            self._nat.widen_ports()

    async def start_capture(self, number: int, device: str, path: str) -> None:
        """Write a device's frames down. Raises NetworkUnavailable, QmpError and HypervisorLost."""
        backend = self._backends[device]
        if backend.record:
            capture = self._captures[device] = Capture(path, self._capture_ended)
            backend.record(capture)
        elif self._nat:
            await self._nat.start_capture(number, path)

    async def stop_capture(self, number: int, device: str) -> None:
        """End that. Raises QmpError and HypervisorLost."""
        backend = self._backends[device]
        if backend.record and device in self._captures:
            backend.record(None)
            self._captures.pop(device).close()
        elif self._nat:
            await self._nat.stop_capture(number)

    async def end(self) -> None:
        """Close everything, and return when nothing is left of it."""
        if self._nat:
            await self._nat.end()
        self.close()

    def close(self) -> None:
        """Close everything; no error if that was done."""
        self._let_go()
        for backend in self._backends.values():
            backend.close()
        if self._nat:
            self._nat.close()
        for capture in self._captures.values():
            capture.close()

    def _let_go(self) -> None:
        for backend in self._backends.values():
            backend.close_inherited()


def _open_backend(network: Network, capture: Capture | None) -> Backend:
    """Prepare a network whose frames this process can write down."""
    match network:
        case Lan() if capture:
            return lan.open_backend(network, capture)
        case Tap() if capture:
            return relay.recorded(networks.open_backend(network, captured=True), capture)
        case _:
            return networks.open_backend(network)
