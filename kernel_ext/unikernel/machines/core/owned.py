"""A machine that this process runs: what is the same for every kind of guest."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import abstractmethod
from dataclasses import replace
from typing import Literal

from unikernel.errors import BootFailed, HypervisorLost, HypervisorSilent, UnikernelError
from unikernel.guest.boot_trace import GRACE_S, BootTrace
from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.host import run_folder
from unikernel.host.children import Child
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.launch import Launch
from unikernel.model.network import Network
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.messages import os_errors

from .machine import Machine
from .owned_console import GuestConsole
from .publisher import Publisher
from .record import describe
from .resources import Wiring

WaitPoint = Literal["running", "ready", "line", "exit"]

SETTLE_S = 0.3  # in which a guest that has started and waits says its first line, if it does
DEATH_TIME_S = 5.0  # in which a killed process ends


class OwnMachine(Machine):
    """A guest in a child process of ours. All but the constructor runs on the event loop."""

    def __init__(self, launch: Launch, tracing: BootTrace) -> None:
        super().__init__(launch.name, launch.image, launch.spec)
        self._launch = launch
        self._console = GuestConsole(launch.name)
        self._tracing = tracing
        self._folder: RunFolder | None = None
        self._process: Child | None = None
        self._progress = asyncio.Event()  # set at whatever may end a wait
        self._started_at = 0.0
        self._waits_to_run = launch.spec.paused
        self._stop_requested = False
        self._errors = ""
        self._life: asyncio.Task[None] | None = None
        self._publisher = Publisher(self)

    @property
    def console(self) -> Console:
        """The console."""
        return self._console

    @property
    def accelerator(self) -> str:
        """What executes the guest's instructions."""
        return self._launch.accelerator.name

    @property
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""
        return self._launch.accelerator.remark

    @property
    def pid(self) -> int | None:
        """The child process; None before it was started."""
        return self._process.pid if self._process else None

    @property
    def folder_name(self) -> str:
        """The name of its run folder, which no other machine has; "" before it was started."""
        return self._folder.path.name if self._folder else ""

    @property
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""
        return self._started_at

    @property
    def program(self) -> str:
        """The path of the program that runs."""
        return self._launch.program

    @property
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None until its first console line is out and traced."""
        return self._tracing.timeline(self._console.first_line_ns, ended=self.exit is not None)

    async def start(self) -> None:
        """Start the process, and return when the machine's state is known.

        Raises BootFailed or PortTaken when the guest is refused. One that has already ended is no
        failure.
        """
        with os_errors.raised_as(
            f"{self.name!r} cannot be booted", BootFailed, run_folder.VARIABLE
        ):
            await self._start()

    async def _start(self) -> None:
        folder = self._folder = RunFolder.create(self.name)
        try:
            await self._publisher.open(folder.console_socket)
            self._spawn(folder)
        except BaseException:
            self._console.close("was not started")
            self._publisher.close()
            folder.remove()
            raise
        try:
            folder.write(describe(self))
            await self._greet()
        except BaseException:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DEATH_TIME_S):
                    await self.end()
            raise
        if self._never_ran():
            raise self._refusal()

    def _spawn(self, folder: RunFolder) -> None:
        """Start the process, newly wired, and the task that waits for its end."""
        wiring = self._wire(folder)
        try:
            self.spec = replace(self.spec, nets=dict(wiring.nets))
            words = wiring.command(self._launch, self.spec)
            self._console.attach(wiring.console, folder.console_log)
            self._started_at = time.time()
            self._tracing.begin()
            self._process = wiring.start(words)
        except BaseException:
            wiring.close()
            raise
        self._life = asyncio.create_task(self._live(wiring, self._process))

    @abstractmethod
    def _wire(self, folder: RunFolder) -> Wiring:
        """Make everything that connects us with a process."""

    @abstractmethod
    async def _greet(self) -> None:
        """Learn the state, unless the process ends before."""

    @abstractmethod
    def _refusal(self) -> UnikernelError:
        """Return why the guest never ran."""

    @abstractmethod
    def _verdict(self, returncode: int) -> Exit:
        """Return how the machine ended; called when all evidence is there."""

    @abstractmethod
    async def _ask_to_end(self) -> None:
        """Ask the process to end.

        Raises HypervisorLost and HypervisorSilent when it cannot be asked.
        """

    def _never_ran(self) -> bool:
        """Whether the process ended before the guest gave any sign of life."""
        lost = (Cause.LOST, Cause.GIVEN_UP)
        return self.exit is not None and self.exit.cause in lost and not self._lives()

    def _lives(self) -> bool:
        """Whether the guest has given a sign of life."""
        return bool(self._console.text) or self._tracing.has_data

    async def reached(self, point: WaitPoint, timeout_s: float) -> None:
        """Wait until a running machine comes to `point`, ends, is held, or `timeout_s`.

        It is "ready" when it has said its first line, or has started, waits for something, and
        goes on saying nothing.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.state is State.RUNNING and not self._is_at(point):
                    await self._progressed()

    def _is_at(self, point: WaitPoint) -> bool:
        if point == "line" or (point == "ready" and not self._is_settled()):
            return self.timeline is not None
        return point != "exit"

    def _is_settled(self) -> bool:
        """Whether a guest that has started and waits has had the time to say something."""
        since_s = self._tracing.waits_since_s
        return since_s is not None and time.monotonic() >= since_s + SETTLE_S

    async def _settle(self, timeout_s: float) -> None:
        await self.reached("ready", timeout_s)

    async def _progressed(self) -> None:
        """Wait until something has happened."""
        self._progress.clear()
        await self._progress.wait()

    def _become(self, state: State) -> None:
        super()._become(state)
        self._progress.set()

    def _begin_run(self) -> None:
        """Count the boot's time from now, when a guest that was started paused is let go."""
        if self._waits_to_run and self.state is State.PAUSED:
            self._waits_to_run = False
            if self._console.first_line_ns is None:
                self._tracing.count_from_now()

    def _hear_console(self, data: bytes) -> None:
        had_line = self._console.first_line_ns is not None
        self._console.feed(data)
        if self._console.first_line_ns and not had_line:
            asyncio.get_running_loop().call_later(GRACE_S, self._progress.set)
        self._progress.set()

    def _hear_trace(self, data: bytes) -> None:
        self._console.wake()
        waited = self._tracing.waits_since_s
        self._tracing.feed(data)
        if self._tracing.waits_since_s != waited:
            asyncio.get_running_loop().call_later(SETTLE_S, self._progress.set)
        self._progress.set()

    def _rewire(self, device: str, network: Network) -> None:
        super()._rewire(device, network)
        if self._folder:
            self._tell_others(self._folder)

    def _strain_user_networks(self, why: str) -> None:
        """Note why user networks take no new flows; "" when they do."""
        self.network_lost = why
        if self._folder:
            self._tell_others(self._folder)

    def _tell_others(self, folder: RunFolder) -> bool:
        """Write what other processes may know; a full disk costs only that."""
        with contextlib.suppress(OSError):
            folder.write(describe(self))
            return True
        return False

    async def _live(self, wiring: Wiring, process: Child) -> None:
        """Wait for the process's end, gather the evidence, and leave nothing behind."""
        returncode = await process.ended
        lives_on = False
        try:
            wiring.hear_out()
            await self._hear_out()
            self._errors = wiring.errors()
            await self._hang_up()
            wiring.close()
            lives_on = await self._start_again(wiring.folder, returncode)
            if not lives_on:
                self.exit = self._verdict(returncode)
                self._console.close(f"has ended ({self.exit})")
        finally:
            wiring.close()
            if not lives_on:
                self._leave(wiring.folder)

    def _leave(self, folder: RunFolder) -> None:
        """Tell everybody of the end, and clear up."""
        self._publisher.close()
        keep = self._launch.keep and not self._never_ran()
        if not (keep and self._tell_others(folder)):
            folder.remove()
        self._become(State.EXITED)

    async def _hear_out(self) -> None:
        """Take in what a process that has ended said last, beside its channels."""

    async def _hang_up(self) -> None:
        """Close what connects us with the process, beside its channels."""

    async def _start_again(self, folder: RunFolder, returncode: int) -> bool:  # noqa: ARG002
        """Start another process in the place of one that has ended; return whether one runs."""
        return False

    async def _end(self) -> Exit:
        while self._life and not self.exit:
            life = self._life
            await asyncio.shield(life)
            if life is self._life:
                break
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
        with contextlib.suppress(TimeoutError, HypervisorLost, HypervisorSilent):
            async with asyncio.timeout(timeout_s):
                await self._ask_to_end()
                return await self._end()
        self._process.kill()
        try:
            async with asyncio.timeout(DEATH_TIME_S):
                return await self._end()
        except TimeoutError:
            raise HypervisorLost(
                f"Process {self.pid} of {self.name!r} does not end although it was killed.",
                hint="It hangs in the host's kernel; restarting the host helps.",
            ) from None
