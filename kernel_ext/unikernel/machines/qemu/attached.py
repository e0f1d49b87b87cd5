"""A machine that another process of this user runs under QEMU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unikernel.machines.core.attached import ForeignMachine
from unikernel.machines.core.guests import QemuGuest
from unikernel.model.state import State

from .monitor import monitor
from .qmp import RESET, restart_guest


class ForeignQemu(QemuGuest, ForeignMachine):
    """A guest under a QEMU of another process, asked over QEMU's second monitor."""

    async def _pause(self) -> None:
        async with self._becoming(State.PAUSED):
            await super()._pause()

    async def _resume(self) -> None:
        async with self._becoming(State.RUNNING):
            await super()._resume()

    async def _reset(self) -> None:
        self._require("reset", State.RUNNING, State.PAUSED, State.PANICKED)
        async with monitor(self._folder, self.name) as session:
            await restart_guest(session)

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        self._require("asked", State.RUNNING, State.PAUSED, State.PANICKED)
        if command == RESET:
            await self._reset()
            return {}
        async with monitor(self._folder, self.name) as session:
            return await session.execute(command, arguments)

    async def _ask_to_end(self) -> None:
        async with monitor(self._folder, self.name) as session:
            await session.execute("quit")
