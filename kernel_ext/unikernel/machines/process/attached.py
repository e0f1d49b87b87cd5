"""A machine that another process of this user runs as a process of Linux."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from unikernel.host import run_folder
from unikernel.machines.core.attached import ForeignMachine
from unikernel.machines.core.guests import ProcessGuest
from unikernel.machines.qemu.monitor import monitor
from unikernel.model.state import State


class ForeignProcess(ProcessGuest, ForeignMachine):
    """A guest that is a child of another process, which tells us what our signals did."""

    def _send(self, number: signal.Signals) -> None:
        run_folder.send(self._mark, number)

    async def _ask_networks(
        self, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        self._require("asked", State.RUNNING, State.PAUSED)
        async with monitor(self._folder, self.name) as session:
            return await session.execute(command, arguments)
