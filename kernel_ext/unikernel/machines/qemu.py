"""A machine that this process runs under QEMU."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from unikernel import exits, qemu_command
from unikernel.console import Console
from unikernel.errors import BootFailed, HypervisorLost
from unikernel.network import Network
from unikernel.networks import ports
from unikernel.process import Process
from unikernel.qmp import QmpChannel, restart_guest
from unikernel.state import Cause, Exit, State
from unikernel.timeline import BootTimeline

from .contract import Machine
from .guest_console import GuestConsole
from .launch import Launch
from .publisher import Publisher
from .record import describe
from .tracing import GRACE_S, Tracing
from .wiring import Wiring

Milestone = Literal["running", "line", "exit"]

ANSWER_TIME_S = 10.0  # in which QEMU answers QMP, however loaded the host is
DEATH_TIME_S = 5.0  # in which a killed process ends

_STATES = {
    "running": State.RUNNING,
    "guest-panicked": State.PANICKED,
}  # everything else that QEMU's query-status answers holds the CPU


class QemuMachine(Machine):
    """A guest under a QEMU process of ours. All but the constructor runs on the engine."""

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch.name, launch.image, launch.spec)
        self._launch = launch
        self._console = GuestConsole(launch.name)
        self._tracing = Tracing()
        self._session = QmpChannel(self._on_event)
        self._wiring: Wiring | None = None
        self._process: Process | None = None
        self._progress = asyncio.Event()  # set at whatever may end a wait
        self._answers = False  # QEMU answers QMP
        self._started_at = 0.0
        self._stop_requested = False
        self._shutdown_reason = ""
        self._errors = ""
        self._life: asyncio.Task[None] | None = None
        self._look: asyncio.Task[None] | None = None
        self._publisher = Publisher(self)

    @property
    def console(self) -> Console:
        """The console."""
        return self._console

    @property
    def accelerator(self) -> str:
        """What executes the guest's instructions: "kvm" or "tcg"."""
        return self._launch.accelerator.word

    @property
    def pid(self) -> int | None:
        """QEMU's process; None before it was started."""
        return self._process.pid if self._process else None

    @property
    def folder_name(self) -> str:
        """The name of its run folder, which no other machine has; "" before it was started."""
        return self._wiring.folder.path.name if self._wiring else ""

    @property
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""
        return self._started_at

    @property
    def command(self) -> str:
        """QEMU's command with the console on the terminal, ready to paste."""
        launch = self._launch
        return qemu_command.paste(
            launch.qemu,
            launch.image.path,
            self.spec,
            self.accelerator,
            initrd=launch.initrd,
        )

    @property
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None until its first console line is out and traced."""
        return self._tracing.timeline(self._console.first_line_ns, ended=self.exit is not None)

    @property
    def program(self) -> str:
        """The path of QEMU."""
        return self._launch.qemu

    async def start(self) -> None:
        """Start QEMU, and return when the machine's state is known.

        Raises BootFailed when QEMU refuses to start the guest. A guest that has already ended is
        no failure.
        """
        wiring = Wiring(self.name, self.spec, self._hear_console, self._hear_trace)
        self.spec = replace(self.spec, nets=wiring.nets)
        launch = self._launch
        try:
            words = qemu_command.command(
                launch.qemu,
                launch.image.path,
                self.spec,
                self.accelerator,
                wiring.channels,
                initrd=launch.initrd,
            )
            self._console.attach(wiring.console, wiring.folder.console_log)
            self._started_at = time.time()
            self._tracing.begin()
            self._process = wiring.start(words)
        except BaseException:
            wiring.close()
            raise
        self._wiring = wiring
        self._life = asyncio.create_task(self._live(wiring, self._process))
        try:
            wiring.folder.write(describe(self))
            await self._publisher.open(wiring.folder.console_socket)
            await self._greet(wiring)
        except BaseException:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DEATH_TIME_S):
                    await self.end()
            raise
        self._refuse_failed_boot()

    async def _greet(self, wiring: Wiring) -> None:
        """Open the QMP session and learn the state, unless QEMU ends before."""
        try:
            async with asyncio.timeout(ANSWER_TIME_S):
                status = await self._first_status(wiring)
        except TimeoutError:
            raise BootFailed(
                f"QEMU did not answer within {ANSWER_TIME_S:g} s.", detail=self.command
            ) from None
        self._answers = status is not None
        if status and self.exit is None:
            self._become(status)

    async def _first_status(self, wiring: Wiring) -> State | None:
        """Return the state QEMU tells; None when it has ended, as a quick guest makes it."""
        try:
            await self._session.open(wiring.qmp)
            return await self._status()
        except HypervisorLost:
            await self._end()
            return None

    async def _status(self) -> State:
        answer = await self._session.execute("query-status")
        word = answer["status"] if isinstance(answer, dict) else ""
        return _STATES.get(word, State.PAUSED)

    def _refuse_failed_boot(self) -> None:
        if self._never_ran():
            if port := ports.refused(self._errors, self.ports):
                raise ports.taken(port)
            raise BootFailed(
                f"QEMU did not start {self.name!r}: {self.exit.message if self.exit else ''}.",
                detail="\n".join(filter(None, (self._errors, self.command))),
                hint="The command can be pasted into a terminal.",
            )

    def _never_ran(self) -> bool:
        """Whether QEMU ended before the guest gave any sign of life."""
        spoke = bool(self._console.text) or self._tracing.heard
        return self.exit is not None and self.exit.cause is Cause.LOST and not spoke

    async def reached(self, milestone: Milestone, timeout_s: float) -> None:
        """Wait until a running machine comes to `milestone`, ends, is held, or `timeout_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.state is State.RUNNING and not self._is_at(milestone):
                    self._progress.clear()
                    await self._progress.wait()

    def _is_at(self, milestone: Milestone) -> bool:
        if milestone == "line":
            return self.timeline is not None
        return milestone == "running"

    def _become(self, state: State) -> None:
        super()._become(state)
        self._progress.set()

    def _hear_console(self, data: bytes) -> None:
        had_line = self._console.first_line_ns is not None
        self._console.hear(data)
        if self._console.first_line_ns and not had_line:
            asyncio.get_running_loop().call_later(GRACE_S, self._progress.set)
        self._progress.set()

    def _rewire(self, device: str, network: Network) -> None:
        super()._rewire(device, network)
        if self._wiring:
            self._wiring.folder.write(describe(self))

    def _hear_trace(self, data: bytes) -> None:
        self._console.wake()
        self._tracing.hear(data)
        self._progress.set()

    def _on_event(self, name: str, data: Mapping[str, Any]) -> None:
        match name:
            case "STOP" if self.spec.on_panic == "pause":
                self._look = asyncio.create_task(self._look_why_held())
            case "STOP":
                self._become(State.PAUSED)
            case "RESUME":
                if self.spec.paused and self._console.first_line_ns is None:
                    self._tracing.begin()  # a boot's time begins with its run
                self._become(State.RUNNING)
            case "GUEST_PANICKED" if data.get("action") == "pause":
                self._become(State.PANICKED)
            case "SHUTDOWN":
                self._shutdown_reason = data.get("reason", "")
            case "RESET":
                self._begin_anew()

    async def _look_why_held(self) -> None:
        """Tell a pause from a panic whose event came before the session was open."""
        with contextlib.suppress(HypervisorLost):
            self._become(await self._status())

    async def _pause(self) -> None:
        await super()._pause()
        if self._look:
            await self._look

    def _begin_anew(self) -> None:
        self._tracing.begin(restarted=True)
        self._console.restart()
        self._publisher.restart()

    async def _live(self, wiring: Wiring, process: Process) -> None:
        """Wait for QEMU's end, gather the evidence, and leave nothing behind."""
        returncode = await process.ended
        try:
            wiring.hear_out()
            await self._session.hear_out()
            self._errors = wiring.errors()
            self.exit = exits.classify(self._evidence(returncode))
            self._console.close(f"has ended ({self.exit})")
            await self._session.close()
        finally:
            self._publisher.close()
            keep = self._launch.keep and not self._never_ran()
            if keep:
                wiring.folder.write(describe(self))
            wiring.close(keep=keep)
            self._become(State.EXITED)

    def _evidence(self, returncode: int) -> exits.Evidence:
        return exits.Evidence(
            returncode,
            ending=self._tracing.ending,
            last_words=self._tracing.last_words,
            shutdown_reason=self._shutdown_reason,
            stop_requested=self._stop_requested,
            errors=self._errors,
        )

    async def _end(self) -> Exit:
        """Wait until the machine has ended."""
        if self._life:
            await asyncio.shield(self._life)
        return self.exit or Exit(Cause.STOPPED)

    async def end(self) -> Exit:
        """End the machine at once, without asking it."""
        self._stop_requested = True
        if self._process:
            self._process.kill()
        return await self._end()

    async def _stop(self, timeout_s: float) -> Exit:
        if self.exit or self._process is None:
            return await self._end()
        self._stop_requested = True
        if self._answers:
            with contextlib.suppress(TimeoutError, HypervisorLost):
                async with asyncio.timeout(timeout_s):
                    await self._session.execute("quit")
                    return await self._end()
        self._process.kill()
        try:
            async with asyncio.timeout(DEATH_TIME_S):
                return await self._end()
        except TimeoutError:
            raise HypervisorLost(
                f"QEMU, process {self.pid}, does not end although it was killed.",
                hint="It hangs in the host's kernel; restarting the host helps.",
            ) from None

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
