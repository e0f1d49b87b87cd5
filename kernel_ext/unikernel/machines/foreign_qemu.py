"""A machine that another process of this user runs under QEMU."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from unikernel.errors import HypervisorLost
from unikernel.qmp import QmpChannel, restart_guest
from unikernel.state import State

from .foreign import ANSWER_TIME_S, ForeignMachine
from .guests import QemuGuest


class ForeignQemu(ForeignMachine, QemuGuest):
    """A guest under a QEMU of another process, asked over QEMU's second monitor."""

    async def _reset(self) -> None:
        self._require("reset", State.RUNNING, State.PAUSED, State.PANICKED)
        session = await self._session()
        try:
            await restart_guest(session)
        finally:
            await session.close()

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        self._require("asked", State.RUNNING, State.PAUSED, State.PANICKED)
        return await self._ask(command, arguments)

    async def _ask_to_end(self) -> None:
        await self._ask("quit")

    async def _ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        session = await self._session()
        try:
            return await session.execute(command, arguments)
        finally:
            await session.close()

    async def _session(self) -> QmpChannel:
        """Open the monitor for a moment: it serves one client at a time."""
        session = QmpChannel()
        try:
            async with asyncio.timeout(ANSWER_TIME_S):
                await session.open(str(self._folder.control))
        except TimeoutError:
            raise HypervisorLost(
                f"The monitor of {self.name!r} does not answer: someone else may be using it."
            ) from None
        return session
