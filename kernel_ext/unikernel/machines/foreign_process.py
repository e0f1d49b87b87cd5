"""A machine that another process of this user runs as a process of Linux."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from unikernel import runfolder
from unikernel.state import State

from .foreign import ForeignMachine
from .guests import ProcessGuest
from .monitor import monitor


class ForeignProcess(ProcessGuest, ForeignMachine):
    """A guest that is a child of another process, which tells us what our signals did."""

    def _send(self, number: signal.Signals) -> None:
        runfolder.send(self._mark, number)

    async def _ask_networks(
        self, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        self._require("asked", State.RUNNING, State.PAUSED)
        async with monitor(self._folder, self.name) as session:
            return await session.execute(command, arguments)
