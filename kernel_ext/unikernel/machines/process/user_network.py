"""User networks of a process: a QEMU without a guest, which has a NAT for each of them.

It is started beside the process and dies with this one. Its monitor understands what the monitor of
a guest's QEMU does about forwarded ports.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from unikernel.errors import HypervisorLost, NetworkUnavailable
from unikernel.host import resource_limits
from unikernel.host.bounded_log import BoundedLog
from unikernel.host.channel import Channel
from unikernel.host.children import Process
from unikernel.machines.qemu import hypervisor, netdev
from unikernel.machines.qemu.observing import capture
from unikernel.machines.qemu.qmp import GREETING_TIME_S, QmpSession
from unikernel.machines.qemu.sandbox import sandboxed
from unikernel.machines.qemu.user_network import backlog, command_line, descriptors, nat_filter
from unikernel.model.network import User
from unikernel.model.port_forward import Forward
from unikernel.networks import ports
from unikernel.networks.backend import Backend

_DUMP_ENDED = b"network dump write error"  # net/dump.c


class Nat:
    """The user networks of one machine. Everything runs on the event loop."""

    def __init__(
        self,
        ends: Mapping[int, Backend],
        control: Path,
        lost: Callable[[str], None],
        *,
        strained: Callable[[str], None] = lambda _: None,
        captures: Mapping[int, str] = MappingProxyType({}),
        capture_ended: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare the networks: QEMU's ends of them, by the numbers of their devices.

        `captures` are files for the frames of some, `capture_ended(why)` is called when one of
        them can no longer be written.
        QEMU will listen for other processes of this user at `control`. `lost(why)` is called if it
        ends unasked, `strained(why)` when it takes no new flows, and with "" when it does again.
        Raises HypervisorMissing, PortTaken and NetworkUnavailable.
        """
        self._ends = ends
        self._control = control
        self._lost = lost
        self._strained = strained
        self._captures = dict(captures)
        self._capture_ended = capture_ended
        self._session = QmpSession()
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ending = False
        self._why_gone = "QEMU, which carries it, was not started"
        with contextlib.ExitStack() as exit_stack:
            for end in ends.values():
                exit_stack.callback(end.close)
            self._qemu = hypervisor.find("The user network of a process")
            ports.check(self._forwards)
            self._errors = BoundedLog()
            self._stderr = Channel(self._on_stderr)
            exit_stack.callback(self._stderr.finish)
            self._qmp, self._qmp_theirs = map(exit_stack.enter_context, socket.socketpair())
            self._qmp.setblocking(False)
            self._exit_stack = exit_stack.pop_all()

    @property
    def _networks(self) -> dict[int, User]:
        return {n: end.network for n, end in self._ends.items() if isinstance(end.network, User)}

    @property
    def _forwards(self) -> list[Forward]:
        return [forward for network in self._networks.values() for forward in network.forwards]

    def start(self) -> None:
        """Start QEMU, and leave its ends to it."""
        qmp_fd = self._qmp_theirs.fileno()
        backends = {number: netdev.with_backend(end) for number, end in self._ends.items()}
        argv = command_line.command(
            *(self._qemu, self._networks, backends, qmp_fd, self._control),
            captures=self._captures,
        )
        argv = [*nat_filter.prefix(self._qemu, self._networks.values()), *sandboxed(argv)]
        inherited = [number for end in self._ends.values() for number in end.descriptors]
        errors = self._stderr.their_fd
        self._process = Process(argv, keep=[qmp_fd, *inherited], errors=errors)
        resource_limits.confine(self._process.pid, resource_limits.QEMU)
        self._stderr.begin()
        self._watch = asyncio.create_task(self._follow(self._process))
        self._qmp_theirs.close()
        for end in self._ends.values():
            end.close_inherited()

    def _on_stderr(self, data: bytes) -> None:
        self._errors.add(data)
        if self._captures and _DUMP_ENDED in self._errors.contents():
            files = " or ".join(self._captures.values())
            self._capture_ended(f"the frames in {files} end early: QEMU cannot write there")

    async def _follow(self, process: Process) -> None:
        look = asyncio.create_task(descriptors.watch(process.pid, self._strained))
        status = await process.ended
        look.cancel()
        self._why_gone = f"QEMU, which carried it, {_end_words(status)}"
        if not self._ending:
            self._lost(self._why_gone)

    async def ready(self) -> None:
        """Return when every network is up, or the guest has ended before.

        Raises PortTaken and NetworkUnavailable.
        """
        try:
            async with asyncio.timeout(GREETING_TIME_S):
                await self._session.open(self._qmp)
            self.widen_ports()
        except (TimeoutError, HypervisorLost) as problem:
            if self._ending:
                return
            self._stderr.finish()
            stderr = self._errors.contents().decode(errors="replace").strip()
            if port := ports.refused(stderr, self._forwards):
                raise ports.taken(port) from problem
            raise NetworkUnavailable(
                "QEMU, which carries the user networks of a process, does not start.",
                detail=stderr,
                hint="`tap` and `lan` do without it: --net tap",
            ) from problem

    def widen_ports(self) -> None:
        """Let many connections at once wait at the ports: see `qemu.user_network.backlog`."""
        if self._process:
            backlog.widen(self._process.pid)

    async def ask(self, name: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command and return its result.

        Raises QmpError, HypervisorLost and HypervisorSilent.
        """
        if self._process and not self._process.ended.done():
            with contextlib.suppress(HypervisorLost):
                return await self._session.execute(name, arguments)
        if self._watch:
            await self._watch
        raise HypervisorLost(
            f"The user network of this machine is gone: {self._why_gone}.",
            hint="Boot the machine again.",
        )

    async def start_capture(self, number: int, path: str) -> None:
        """Have QEMU write a network's frames down. Raises what `ask` does."""
        await capture.start(self.ask, number, path)
        self._captures[number] = path

    async def stop_capture(self, number: int) -> None:
        """End that. Raises what `ask` does."""
        await capture.stop(self.ask, number)
        self._captures.pop(number, None)

    async def end(self) -> None:
        """End QEMU, and return when nothing is left of it."""
        self._kill()
        if self._watch:
            await self._watch
        await self._session.close()  # before its socket, whose end would not be seen any more
        self.close()

    def close(self) -> None:
        """Let go of everything, and have QEMU end; no error if that was done."""
        self._kill()
        self._exit_stack.close()

    def _kill(self) -> None:
        self._ending = True
        if self._process:
            self._process.kill()


def _end_words(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else "has ended"
