"""A machine that this process runs under QEMU."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from unikernel import exits
from unikernel.errors import BootFailed, HypervisorLost, HypervisorSilent, UnikernelError
from unikernel.networks import ports
from unikernel.qemu import command_line
from unikernel.qemu.qmp import GREETING_TIME_S, QmpChannel, restart_guest
from unikernel.state import Cause, Exit, State

from .guests import QemuGuest
from .launch import Launch
from .own import OwnMachine
from .qemu_wiring import QemuWiring
from .tracing import Tracing

_STATES = {
    "running": State.RUNNING,
    "guest-panicked": State.PANICKED,
}  # everything else that QEMU's query-status answers holds the CPU


class QemuMachine(QemuGuest, OwnMachine):
    """A guest under a QEMU process of ours. All but the constructor runs on the engine."""

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch, Tracing())
        self._session = QmpChannel(self._on_event)
        self._answers = False  # QEMU answers QMP
        self._shutdown_reason = ""
        self._look: asyncio.Task[None] | None = None

    @property
    def command(self) -> str:
        """QEMU's command with the console on the terminal, ready to paste."""
        launch = self._launch
        return command_line.paste(
            launch.program,
            launch.image.path,
            self.spec,
            self.accelerator,
            initrd=launch.initrd,
        )

    def _wire(self) -> QemuWiring:
        wiring = QemuWiring(self.name, self.spec, self._hear_console, self._hear_trace)
        self._qmp_end = wiring.qmp
        return wiring

    async def _greet(self) -> None:
        """Open the QMP session and learn the state, unless QEMU ends before."""
        try:
            async with asyncio.timeout(GREETING_TIME_S):
                status = await self._first_status()
        except TimeoutError:
            raise BootFailed(
                f"QEMU did not answer within {GREETING_TIME_S:g} s.", detail=self.command
            ) from None
        self._answers = status is not None
        if status and self.exit is None:
            self._become(status)

    async def _first_status(self) -> State | None:
        """Return the state QEMU tells; None when it has ended, as a quick guest makes it."""
        try:
            await self._session.open(self._qmp_end)
            return await self._status()
        except HypervisorLost:
            await self._end()
            return None

    async def _status(self) -> State:
        answer = await self._session.execute("query-status")
        word = answer["status"] if isinstance(answer, dict) else ""
        return _STATES.get(word, State.PAUSED)

    def _refusal(self) -> UnikernelError:
        if port := ports.refused(self._errors, self.ports):
            return ports.taken(port)
        return BootFailed(
            f"QEMU did not start {self.name!r}: {self.exit.message if self.exit else ''}.",
            detail="\n".join(filter(None, (self._errors, self.command))),
            hint="The command can be pasted into a terminal.",
        )

    def _on_event(self, name: str, data: Mapping[str, Any]) -> None:
        match name:
            case "STOP" if self.spec.on_panic == "pause":
                self._look = asyncio.create_task(self._look_why_held())
            case "STOP":
                self._become(State.PAUSED)
            case "RESUME":
                self._begin_run()  # somebody else may have let it go
                self._become(State.RUNNING)
            case "GUEST_PANICKED" if data.get("action") == "pause":
                self._become(State.PANICKED)
            case "SHUTDOWN":
                self._shutdown_reason = data.get("reason", "")
            case "RESET":
                self._begin_anew()

    async def _look_why_held(self) -> None:
        """Tell a pause from a panic whose event came before the session was open."""
        with contextlib.suppress(HypervisorLost, HypervisorSilent):
            self._become(await self._status())

    async def _pause(self) -> None:
        await super()._pause()
        if self._look:
            await self._look

    async def _resume(self) -> None:
        self._begin_run()
        await super()._resume()

    def _begin_anew(self) -> None:
        self._tracing.begin(restarted=True)
        self._console.restart()
        self._publisher.restart()

    async def _hear_out(self) -> None:
        await self._session.hear_out()

    async def _hang_up(self) -> None:
        await self._session.close()

    def _verdict(self, returncode: int) -> Exit:
        return exits.classify(
            exits.Evidence(
                returncode,
                ending=self._tracing.ending,
                last_words=self._tracing.last_words,
                shutdown_reason=self._shutdown_reason,
                stop_requested=self._stop_requested,
                errors=self._errors,
            )
        )

    async def _ask_to_end(self) -> None:
        if not self._answers:
            raise HypervisorLost("QEMU has not answered yet.")
        await self._session.execute("quit")

    async def _reset(self) -> None:
        self._require("reset", State.RUNNING, State.PAUSED, State.PANICKED)
        await restart_guest(self._session)

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        self._require("asked", State.RUNNING, State.PAUSED, State.PANICKED)
        try:
            return await self._session.execute(command, arguments)
        except HypervisorLost:
            ended = await self._end()
            if ended.cause is Cause.STOPPED:  # the command was what ended it
                return {}
            self._require("asked", State.RUNNING)
            raise
