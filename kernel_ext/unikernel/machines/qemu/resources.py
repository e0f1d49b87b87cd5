"""A QEMU of ours: its channels and networks, its QMP session, and what was learnt from it.

QEMU's run states are believed, not guessed. Word comes on three ways: events, the answer to a
question after each of them, and the process's end. A QEMU that has given its guest up is killed;
one whose KVM did before the guest said anything is started anew under TCG (`instead`).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from unikernel import networks
from unikernel.errors import BootFailed, HypervisorLost, HypervisorSilent, UnikernelError
from unikernel.guest import exits as guest_exits
from unikernel.host import resource_limits
from unikernel.host.children import Process
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.resources import Resources
from unikernel.machines.usage import Usage
from unikernel.model.network import Network, User
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, Exit, State
from unikernel.networks import ports

from . import accelerator, command_line, error_messages, exits, netdev, run_state
from .command_line import Inheritance
from .media import Media
from .observing import core_dump
from .observing.snapshots import States
from .observing.usage import Counters
from .qmp import GREETING_TIME_S, QmpSession
from .sandbox import sandboxed
from .user_network import backlog, descriptors, nat_filter

_ENDED = (0, -signal.SIGKILL, -signal.SIGTERM)  # by itself, by us or by somebody else


class QemuResources(Resources):
    """One QEMU of ours, from before its start until after its end."""

    process: Process
    _looked_at = False  # its holds are those of a profile
    _held = True  # it does not run, as far as events have told

    def __init__(self, owner: OwnerSide, folder: RunFolder) -> None:
        super().__init__(owner, folder)
        self.session = QmpSession(self._on_event)
        self.states = States(self.session)
        self.media = Media(self.session, owner.disks)
        self.answers = False  # QEMU answers QMP
        self._counters = Counters(self._ask_if_ready)
        self._backends: dict[str, networks.Backend] = {}
        self._status_check: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._coring: asyncio.Task[None] | None = None
        self._shutdown_reason = ""
        self._given_up = ""  # QEMU's run state when it will not let the guest go on
        self._reason = ""  # what QEMU said of that over QMP
        try:
            self._qmp, self._qmp_theirs = socket.socketpair()
            self._exit_stack.callback(self._qmp.close)
            self._exit_stack.callback(self._qmp_theirs.close)
            self._qmp.setblocking(False)
            for device, network in owner.spec.nets.items():
                backend = networks.open_backend(network, captured=device in owner.spec.captures)
                self._exit_stack.callback(backend.close)
                self._backends[device] = backend
        except BaseException:
            self.close()
            raise

    @property
    def nets(self) -> dict[str, Network]:
        """The networks of the devices, with every choice made."""
        return {device: backend.network for device, backend in self._backends.items()}

    @property
    def _inheritance(self) -> Inheritance:
        """What QEMU's command line must know of all this."""
        return Inheritance(
            console_fd=self.console.their_fd,
            trace_fd=self.trace.their_fd,
            qmp_fd=self._qmp_theirs.fileno(),
            control_path=self.folder.control,
            backends={name: netdev.with_backend(one) for name, one in self._backends.items()},
            disks=self.owner.disk_descriptors,
        )

    def command(self, spec: Spec) -> list[str]:
        """Return the command that starts QEMU."""
        return command_line.command(
            self.launch.program,
            self.launch.image.path,
            spec,
            self.launch.accelerator.name,
            self._inheritance,
            initrd=self.launch.initrd,
        )

    def _spawn(self, command: list[str], errors_fd: int) -> Process:
        inherited = self._inheritance
        keep = [inherited.console_fd, inherited.trace_fd, inherited.qmp_fd]
        keep += [number for one in self._backends.values() for number in one.descriptors]
        keep += [number for disk in inherited.disks.values() for number in disk]
        before = nat_filter.prefix(command[0], self.nets.values())
        process = Process([*before, *sandboxed(command)], keep=keep, errors=errors_fd)
        resource_limits.confine(process.pid, resource_limits.QEMU)
        self._qmp_theirs.close()
        for backend in self._backends.values():
            backend.close_inherited()
        if any(isinstance(network, User) for network in self.nets.values()):
            watch = descriptors.watch(process.pid, self.owner.strain_user_networks)
            self._watch = asyncio.create_task(watch)
        return process

    async def ready(self) -> None:
        """Open the QMP session and learn the state, unless QEMU ends before."""
        try:
            async with asyncio.timeout(GREETING_TIME_S):
                word = await self._first_status()
        except TimeoutError:
            if self.launch.accelerator.name == "kvm":  # which may have it hang
                self._given_up = run_state.SILENT
                self.process.kill()
                return await self.over()
            raise BootFailed(
                f"QEMU did not answer within {GREETING_TIME_S:g} s.", detail=self.owner.command
            ) from None
        self.answers = bool(word)
        if word and self.owner.lifecycle.exit is None:
            self._take_status(word)
        if self._given_up:
            await self.over()
        return None

    async def _first_status(self) -> str:
        """Return the run state QEMU tells; "" when it has ended, as a quick guest makes it."""
        try:
            await self.session.open(self._qmp)
            if self.owner.ports:
                backlog.widen(self.process.pid)
            return await self._status()
        except HypervisorLost:
            await self.over()
            return ""

    async def _status(self) -> str:
        answer = await self.session.execute("query-status")
        return str(answer["status"]) if isinstance(answer, dict) else ""

    def _take_status(self, word: str) -> None:
        """Take note of QEMU's run state; a QEMU that has given the guest up is ended."""
        state = run_state.state(word)
        if state is State.PANICKED and self._takes_core():
            state = State.RUNNING  # it is not for others yet that it does not
        if state:
            self.owner.lifecycle.become(state)
        else:
            self._given_up = word
            self.process.kill()

    def _on_event(self, name: str, data: Mapping[str, Any]) -> None:
        if name in {"STOP", "RESUME"}:
            self._held = name == "STOP"
        match name:
            case "STOP" | "RESUME" if self._looked_at:
                pass
            case "STOP":
                # A reset may follow: what this boot has said and traced is not the next one's.
                self.console.take_arrived()
                self.trace.take_arrived()
                self._status_check = asyncio.create_task(self._check_status())
            case "RESUME":
                self.owner.begin_run()  # somebody else may have let it go
                self._take_resumption()
            case "GUEST_PANICKED" if data.get("action") == "pause":
                if not self.owner.spec.core:  # for that, QEMU has to hold it: STOP follows
                    self.owner.lifecycle.become(State.PANICKED)
            case "BLOCK_IO_ERROR":
                self._reason = str(data.get("reason", ""))
            case "SHUTDOWN":
                self._shutdown_reason = data.get("reason", "")
            # A guest is held while it is reset. What firmware does again afterwards (restart_guest)
            # is no other boot: its event may come after what the guest has said.
            case "RESET" if self._held:
                self.owner.begin_anew()

    @contextlib.asynccontextmanager
    async def looked_at(self) -> AsyncIterator[None]:
        """Take no note of holds in this block: they are a profile's, hundreds a second."""
        self._looked_at = True
        try:
            yield
        finally:
            with contextlib.suppress(HypervisorLost, HypervisorSilent):
                word = await self._status()  # all events of the block came before this answer
                self._looked_at = False
                self._take_status(word)
            self._looked_at = False

    def _takes_core(self) -> bool:
        """Whether the core of a guest that is held in its panic is being taken, from now on."""
        if self._coring is None and self.owner.spec.core:
            self._coring = asyncio.create_task(self._keep_core())
        return self._coring is not None and not self._coring.done()

    async def _keep_core(self) -> None:
        """Keep what a guest that panicked has in memory, then let it end or hold it."""
        owner = self.owner
        try:
            self.core = await core_dump.take(
                self.session, owner.name, owner.image, owner.spec.memory_mib
            )
        except UnikernelError as problem:
            self.core_refused = str(problem)
        if owner.spec.on_panic == "pause":
            owner.lifecycle.become(State.PANICKED)
            return
        with contextlib.suppress(UnikernelError):
            await self.session.execute("cont")

    def _take_resumption(self) -> None:
        """Take note that the guest runs, and of a hold too short to be asked about: some wait."""
        self._coring = None  # another panic leaves another core
        self._status_check = None  # its answer may be here already, and is too late
        if self.owner.lifecycle.state is State.RUNNING:
            self.owner.lifecycle.become(State.PAUSED)
        self.owner.lifecycle.become(State.RUNNING)

    async def _check_status(self) -> None:
        """Tell a pause from a panic, and from a guest that QEMU has given up."""
        with contextlib.suppress(HypervisorLost, HypervisorSilent):
            word = await self._status()
            if self._status_check is asyncio.current_task():
                self._take_status(word)

    async def gave_up(self) -> bool:
        """Return, once it is known why the guest was held last, whether QEMU gave it up."""
        if self._status_check:
            await self._status_check
        return bool(self._given_up)

    async def usage(self) -> Usage:
        """Return what it has used; before QEMU answers, what Linux counts."""
        return await self._counters.usage(
            self.process.pid, self.owner.spec, self._backends.values()
        )

    async def _ask_if_ready(self, command: str, arguments: Mapping[str, Any] | None) -> object:
        if not self.answers:
            raise HypervisorSilent("QEMU has not answered yet.")
        return await self.session.execute(command, arguments)

    async def _drain(self) -> None:
        await self.session.drain()

    async def disconnect(self) -> None:
        """Close the QMP session."""
        if self._watch:
            self._watch.cancel()
        if self._coring:
            await self._coring
        await self.session.close()

    def exit(self, evidence: guest_exits.Evidence) -> Exit:
        """Return how the guest ended, by its own word, QEMU's events and QEMU's end."""
        if not self._given_up and self._kvm_failed(evidence):
            self._given_up = run_state.INTERNAL_ERROR
        return exits.exit_of(
            exits.Evidence(
                **vars(evidence),
                shutdown_reason=self._shutdown_reason,
                given_up=self._given_up,
                reason=self._reason,
            )
        )

    def _kvm_failed(self, evidence: guest_exits.Evidence) -> bool:
        """Whether KVM gave the guest up, or did not take it at all.

        Where QEMU ends over that, what it said last is all there is.
        """
        if self.launch.accelerator.name != "kvm" or evidence.ending:
            return False
        ended = evidence.returncode not in _ENDED and error_messages.blame_kvm(evidence.errors)
        return ended or self._given_up in (run_state.INTERNAL_ERROR, run_state.SILENT)

    def instead(self, evidence: guest_exits.Evidence) -> Launch | None:
        """Return a launch under TCG for a guest that KVM gave up before it said anything."""
        if self.launch.spec.accelerator != "auto" or not self._kvm_failed(evidence):
            return None
        instead = accelerator.distrust(self.exit(evidence).message)
        if self.owner.console.text or self.owner.stop_requested:
            return None
        return replace(self.launch, accelerator=instead)

    def start_error(self) -> UnikernelError:
        """Return why the guest never ran: a port that is taken, an accelerator, or QEMU."""
        name, ended = self.owner.name, self.owner.lifecycle.exit
        if port := ports.refused(self.errors, self.owner.ports):
            return ports.taken(port)
        if ended and ended.cause is Cause.GIVEN_UP:
            word = self.launch.accelerator.name
            instead = " Emulated it may run: --accel tcg" if word == "kvm" else ""
            return BootFailed(
                f"{word.upper()} gave up {name!r} before it said anything: {ended.message}.",
                detail=self.owner.command,
                hint=f"The command can be pasted into a terminal.{instead}",
            )
        return BootFailed(
            f"QEMU did not start {name!r}: {ended.message if ended else ''}.",
            detail="\n".join(filter(None, (self.errors, self.owner.command))),
            hint="The command can be pasted into a terminal.",
        )
