"""What can be done with each kind of guest, in whatever process it runs."""

from __future__ import annotations

import shlex
import signal
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from unikernel.errors import UsageError
from unikernel.machines.process import command_line
from unikernel.machines.qemu import hypervisor
from unikernel.machines.qemu.user_network import backlog
from unikernel.model.measurement import Scalar
from unikernel.model.state import State

from .machine import Machine


class QemuGuest(Machine):
    """A guest under QEMU, which is asked over QMP."""

    carrier = "hypervisor"
    can_reset = True

    @property
    def kind(self) -> str:
        """The machine type."""
        return self.spec.machine

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the dimensions that every measurement of this machine carries."""
        return {**super().dimensions(), "qemu": hypervisor.version(self.program)}

    def _widen_ports(self) -> None:
        if self.ports and self.pid:
            backlog.widen(self.pid)

    async def _pause(self) -> None:
        self._require("paused", State.RUNNING)
        await self._qmp("stop")

    async def _resume(self) -> None:
        self._require("resumed", State.PAUSED, State.PANICKED)
        await self._qmp("cont")


class ProcessGuest(Machine):
    """A guest that is a process of Linux, which is sent signals."""

    carrier = "process"
    can_reset = False

    @property
    def kind(self) -> str:
        """A process."""
        return command_line.KIND

    @abstractmethod
    def _send(self, number: signal.Signals) -> None:
        """Send the process a signal, unless it has ended."""

    async def _pause(self) -> None:
        self._require("paused", State.RUNNING)
        async with self._becoming(State.PAUSED):
            self._send(signal.SIGSTOP)
        if self.exit:
            self._require("paused", State.RUNNING)

    async def _resume(self) -> None:
        self._require("resumed", State.PAUSED)
        async with self._becoming(State.RUNNING):
            self._send(signal.SIGCONT)

    async def _ask_to_end(self) -> None:
        self._send(signal.SIGTERM)
        self._send(signal.SIGCONT)  # one that is held takes the other signal when it goes on

    async def _reset(self) -> None:
        raise UsageError(
            f"{self.name!r} is a process, which cannot be reset in place.",
            hint=f"Start it anew: %unikernel boot {shlex.quote(self.image.name)} --replace",
        )

    async def _qmp(self, command: str, _: Mapping[str, Any] | None = None) -> object:
        raise UsageError(
            f"{self.name!r} is a process: no QEMU runs it that would understand {command!r}.",
            hint="pause, resume, stop, console and ps do without QMP; gdb attaches to "
            f"process {self.pid}.",
        )
