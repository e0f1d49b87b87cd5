"""A machine that this process runs under QEMU."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shlex
import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unikernel.errors import BootFailed, HypervisorLost, HypervisorSilent, UnikernelError
from unikernel.guest import exits
from unikernel.guest.boot_trace import BootTrace
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.guests import QemuGuest
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnMachine
from unikernel.machines.core.record import describe
from unikernel.model.network import User
from unikernel.model.state import Cause, Exit, State
from unikernel.networks import ports

from . import accelerator, command_line, error_messages, run_state
from .qmp import GREETING_TIME_S, RESET, QmpChannel, restart_guest
from .resources import QemuWiring
from .user_network import descriptors, nat_filter

_ENDED = (0, -signal.SIGKILL, -signal.SIGTERM)  # by itself, by us or by somebody else
_log = logging.getLogger(__name__)


class QemuMachine(QemuGuest, OwnMachine):
    """A guest under a QEMU process of ours. All but the constructor runs on the event loop."""

    def __init__(self, launch: Launch) -> None:
        if launch.spec.accelerator == "auto":
            launch = replace(launch, accelerator=accelerator.still(launch.accelerator))
        super().__init__(launch, BootTrace())
        self._forget_evidence()
        self._look: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    def _forget_evidence(self) -> None:
        """Know nothing of a QEMU that is about to start."""
        self._session = QmpChannel(self._on_event)
        self._answers = False  # QEMU answers QMP
        self._shutdown_reason = ""
        self._given_up = ""  # QEMU's run state when it will not let the guest go on
        self._reason = ""  # what QEMU said of that over QMP

    @property
    def command(self) -> str:
        """QEMU's command with the console on the terminal, ready to paste."""
        launch = self._launch
        words = command_line.command(
            launch.program,
            launch.image.path,
            self.spec,
            self.accelerator,
            initrd=launch.initrd,
        )
        return shlex.join((*nat_filter.prefix(launch.program, self.spec.nets.values()), *words))

    def _spawn(self, folder: RunFolder) -> None:
        super()._spawn(folder)
        if self._process and any(isinstance(net, User) for net in self.networks.values()):
            watch = descriptors.watch(self._process.pid, self._strain_user_networks)
            self._watch = asyncio.create_task(watch)

    def _wire(self, folder: RunFolder) -> QemuWiring:
        wiring = QemuWiring(folder, self.spec, self._hear_console, self._hear_trace)
        self._qmp_end = wiring.qmp
        return wiring

    async def _greet(self) -> None:
        """Open the QMP session and learn the state, unless QEMU ends before."""
        try:
            async with asyncio.timeout(GREETING_TIME_S):
                word = await self._first_status()
        except TimeoutError:
            if self.accelerator == "kvm" and self._process:  # which may have it hang
                self._given_up = run_state.SILENT
                self._process.kill()
                return await self._lived()
            raise BootFailed(
                f"QEMU did not answer within {GREETING_TIME_S:g} s.", detail=self.command
            ) from None
        self._answers = bool(word)
        if word and self.exit is None:
            self._take_status(word)
        if self._given_up:
            await self._lived()
        return None

    async def _first_status(self) -> str:
        """Return the run state QEMU tells; "" when it has ended, as a quick guest makes it."""
        try:
            await self._session.open(self._qmp_end)
            self._widen_ports()
            return await self._status()
        except HypervisorLost:
            await self._lived()
            return ""

    async def _lived(self) -> None:
        """Wait until QEMU has ended, and another runs in its place if one is to."""
        if self._life:
            await asyncio.shield(self._life)

    async def _status(self) -> str:
        answer = await self._session.execute("query-status")
        return str(answer["status"]) if isinstance(answer, dict) else ""

    def _take_status(self, word: str) -> None:
        """Take note of QEMU's run state; a QEMU that has given the guest up is ended."""
        state = run_state.state(word)
        if state:
            self._become(state)
        elif self._process:
            self._given_up = word
            self._process.kill()

    def _refusal(self) -> UnikernelError:
        if port := ports.refused(self._errors, self.ports):
            return ports.taken(port)
        if self.exit and self.exit.cause is Cause.GIVEN_UP:
            instead = " Emulated it may run: --accel tcg" if self.accelerator == "kvm" else ""
            return BootFailed(
                f"{self.accelerator.upper()} gave up {self.name!r} before it said anything: "
                f"{self.exit.message}.",
                detail=self.command,
                hint=f"The command can be pasted into a terminal.{instead}",
            )
        return BootFailed(
            f"QEMU did not start {self.name!r}: {self.exit.message if self.exit else ''}.",
            detail="\n".join(filter(None, (self._errors, self.command))),
            hint="The command can be pasted into a terminal.",
        )

    def _on_event(self, name: str, data: Mapping[str, Any]) -> None:
        match name:
            case "STOP":
                self._look = asyncio.create_task(self._look_why_held())
            case "RESUME":
                self._begin_run()  # somebody else may have let it go
                self._become(State.RUNNING)
            case "GUEST_PANICKED" if data.get("action") == "pause":
                self._become(State.PANICKED)
            case "BLOCK_IO_ERROR":
                self._reason = str(data.get("reason", ""))
            case "SHUTDOWN":
                self._shutdown_reason = data.get("reason", "")
            case "RESET":
                self._begin_anew()

    async def _look_why_held(self) -> None:
        """Tell a pause from a panic, and from a guest that QEMU has given up."""
        with contextlib.suppress(HypervisorLost, HypervisorSilent):
            self._take_status(await self._status())

    async def _pause(self) -> None:
        await super()._pause()
        if self._look:
            await self._look
        if self._given_up:
            await self._end()
            self._require("paused", State.RUNNING, State.PAUSED)

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
        if self._watch:
            self._watch.cancel()
        await self._session.close()

    def _verdict(self, returncode: int) -> Exit:
        if not self._given_up and self._kvm_failed(returncode):
            self._given_up = run_state.INTERNAL_ERROR
        return exits.classify(
            exits.Evidence(
                returncode,
                ending=self._tracing.ending,
                final_message=self._tracing.final_message,
                shutdown_reason=self._shutdown_reason,
                stop_requested=self._stop_requested,
                errors=self._errors,
                given_up=self._given_up,
                reason=self._reason,
            )
        )

    async def _start_again(self, folder: RunFolder, returncode: int) -> bool:
        """Start a guest under TCG that KVM gave up, unless it has said something."""
        if self._launch.spec.accelerator != "auto" or not self._kvm_failed(returncode):
            return False
        instead = accelerator.distrust(self._verdict(returncode).message)
        if self._console.text or self._stop_requested:
            return False
        self._launch = replace(self._launch, accelerator=instead)
        self.spec = replace(self._launch.spec, paused=self._waits_to_run)
        try:
            self._spawn(folder)
        except (UnikernelError, OSError):
            return False  # the first end is told
        self._forget_evidence()
        await self._greet_again(folder)
        return True

    def _kvm_failed(self, returncode: int) -> bool:
        """Whether KVM gave the guest up, or did not take it at all.

        Where QEMU ends over that, what it said last is all there is.
        """
        if self.accelerator != "kvm" or self._tracing.ending:
            return False
        ended = returncode not in _ENDED and error_messages.blame_kvm(self._errors)
        return ended or self._given_up in (run_state.INTERNAL_ERROR, run_state.SILENT)

    async def _greet_again(self, folder: RunFolder) -> None:
        """Get to know a second process; whoever ended the machine meanwhile ends that, too."""
        assert self._process
        self.moved = True
        try:
            folder.write(describe(self))
            if not self._stop_requested:
                return await self._greet()
        except (UnikernelError, OSError):
            _log.exception("the second process of %s", self.name)
        self._process.kill()
        return None

    async def _ask_to_end(self) -> None:
        if not self._answers:
            raise HypervisorLost("QEMU has not answered yet.")
        await self._session.execute("quit")

    async def _reset(self) -> None:
        self._require("reset", State.RUNNING, State.PAUSED, State.PANICKED)
        await restart_guest(self._session)

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        self._require("asked", State.RUNNING, State.PAUSED, State.PANICKED)
        if command == RESET:
            await self._reset()
            return {}
        try:
            return await self._session.execute(command, arguments)
        except HypervisorLost:
            ended = await self._end()
            if ended.cause is Cause.STOPPED:  # the command was what ended it
                return {}
            self._require("asked", State.RUNNING)
            raise
