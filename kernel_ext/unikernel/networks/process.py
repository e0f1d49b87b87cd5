"""What the devices of a process are plugged into, from before its start until after its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unikernel import networks
from unikernel.errors import NetworkUnavailable, UsageError
from unikernel.network import Network, User
from unikernel.process import attachments
from unikernel.spec import Spec

from . import line
from .nat import Nat
from .plug import Plug


class ProcessNetworks:
    """The networks of one process. Everything runs on the engine."""

    def __init__(
        self,
        spec: Spec,
        control: Path,
        lost: Callable[[str], None],
        strained: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Plug in every device of `spec.nets`, and open its captures.

        The monitor of user networks listens at `control`. `lost(why)` is called if they go while
        the process runs, `strained(why)` when they take no new flows.
        Raises HypervisorMissing, PortTaken and NetworkUnavailable.
        """
        self._captures: dict[str, int] = {}
        self._plugs: dict[str, Plug] = {}
        self._nat: Nat | None = None
        try:
            for device, path in spec.captures.items():
                self._captures[device] = _open(path)
            far_ends = self._plug_in(spec)
            if far_ends:
                self._nat = Nat(far_ends, control, lost, strained)
        except BaseException:
            self.close()
            raise

    def _plug_in(self, spec: Spec) -> dict[int, Plug]:
        """Plug in the devices; return the other ends of those on user networks."""
        far_ends: dict[int, Plug] = {}
        for number, (device, network) in enumerate(spec.nets.items()):
            if isinstance(network, User):
                self._plugs[device], far_ends[number] = line.plugs(network)
            else:
                captured = device in spec.captures
                self._plugs[device] = networks.plug(network, captured=captured)
        return far_ends

    @property
    def nets(self) -> dict[str, Network]:
        """The networks of the devices, with every choice made."""
        return {device: plug.network for device, plug in self._plugs.items()}

    @property
    def variables(self) -> dict[str, str]:
        """The boot variables that tell the process what it inherits."""
        attached = {device: plug.attachment() for device, plug in self._plugs.items()}
        return attachments.variables(self.nets, attached, self._captures)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the process inherits."""
        ends = (number for plug in self._plugs.values() for number in plug.descriptors)
        return (*ends, *self._captures.values())

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

    async def end(self) -> None:
        """Unplug everything, and return when nothing is left of it."""
        if self._nat:
            await self._nat.end()
        self.close()

    def close(self) -> None:
        """Unplug everything; no error if that was done."""
        self._let_go()
        for plug in self._plugs.values():
            plug.close()
        if self._nat:
            self._nat.close()

    def _let_go(self) -> None:
        for plug in self._plugs.values():
            plug.hand_over()
        for descriptor in self._captures.values():
            os.close(descriptor)
        self._captures.clear()


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as problem:
        raise NetworkUnavailable(
            f"Frames cannot be written to {path}: {problem.strerror}.",
            hint="Name another file: --pcap DEVICE=FILE",
        ) from problem
