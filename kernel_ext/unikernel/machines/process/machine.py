"""A machine that this process runs as a process of Linux, without a hypervisor."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping
from typing import Any

from unikernel.errors import BootFailed
from unikernel.guest import exits
from unikernel.guest.boot_trace import BootTrace
from unikernel.guest.timeline import process_timeline
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.guests import ProcessGuest
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnMachine
from unikernel.model.state import Exit, State

from . import command_line
from .resources import ProcessWiring

SIGN_TIME_S = 0.5  # in which a process that refuses to start does so
HOLD_TIME_S = 10.0  # in which one that starts paused is, however loaded the host


class ProcessMachine(ProcessGuest, OwnMachine):
    """A guest that is a child process of ours. All but the constructor runs on the event loop."""

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch, BootTrace(process_timeline))

    @property
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""
        return command_line.paste(self.image.path, self.spec)

    def _wire(self, folder: RunFolder) -> ProcessWiring:
        wiring = ProcessWiring(
            folder,
            self.spec,
            self._hear_console,
            self._hear_trace,
            on_hold=self._held,
            lost=self._lose_user_networks,
            strained=self._strain_user_networks,
            capture_ended=self._note_capture,
        )
        self._nets = wiring.networks
        self._console.wake()  # what is typed before the guest listens waits for it
        return wiring

    async def _greet(self) -> None:
        """Wait for a sign of life: a guest that keeps silent longer is taken to run."""
        await self._nets.ready()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HOLD_TIME_S if self.spec.paused else SIGN_TIME_S):
                while self.state is State.STARTING and not self._gave_sign():
                    await self._progressed()
        if self._process and self._process.ended.done():
            await self._end()
        elif self.state is State.STARTING:
            self._become(State.RUNNING)

    def _gave_sign(self) -> bool:
        return self._lives() or self.exit is not None

    def _refusal(self) -> BootFailed:
        words = self.exit.message if self.exit else ""
        return BootFailed(
            f"{self.name!r} did not start: {words}.",
            detail=self.command,
            hint="The command can be pasted into a terminal.",
        )

    def _held(self, held: bool) -> None:
        if self._stop_requested:
            return  # a held process is let go to end
        if not held:
            self._begin_run()  # somebody else may have let it go
        self._become(State.PAUSED if held else State.RUNNING)

    async def _resume(self) -> None:
        self._begin_run()
        await super()._resume()

    async def _hang_up(self) -> None:
        await self._nets.end()

    def _verdict(self, returncode: int) -> Exit:
        return exits.of_process(
            exits.Evidence(
                returncode,
                ending=self._tracing.ending,
                final_message=self._tracing.final_message,
                stop_requested=self._stop_requested,
                errors=self._errors,
            )
        )

    def _send(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send(number)

    def _widen_ports(self) -> None:
        self._nets.widen_ports()

    async def _ask_networks(
        self, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        self._require("asked", State.RUNNING, State.PAUSED)
        return await self._nets.ask(command, arguments)
