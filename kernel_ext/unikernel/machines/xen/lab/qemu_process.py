"""The lab's QEMU: its process, its QMP session, its serial line and the agent's port."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence

from unikernel.errors import HypervisorLost, LabUnavailable
from unikernel.host import resource_limits
from unikernel.host.bounded_log import BoundedLog
from unikernel.host.channel import Channel
from unikernel.host.children import Process
from unikernel.machines.qemu.qmp import EventSink, QmpSession
from unikernel.machines.qemu.sandbox import sandboxed

from . import needs
from .agent_client import AgentClient
from .command_line import Ends


class LabNotStarted(LabUnavailable):
    """QEMU did not come as far as to look at what was saved: nothing is known of that."""


def not_started(last_words: str) -> LabNotStarted:
    """Return the error, with what QEMU said."""
    hint = needs.limits() or "Look for what QEMU says; unikernel doctor looks for the usual."
    return LabNotStarted("QEMU does not start for the Xen lab.", detail=last_words, hint=hint)


class QemuProcess:
    """A QEMU of the lab's, started; it dies with this process."""

    def __init__(
        self,
        command: Callable[[Ends], list[str]],
        on_event: EventSink | None = None,
        keep: Sequence[int] = (),
    ) -> None:
        """Start it with more descriptors, `keep`. `on_event` gets QMP's events."""
        self.console = BoundedLog()  # what Xen and dom0's kernel say
        self._errors = BoundedLog()
        self.qmp = QmpSession(on_event)
        with contextlib.ExitStack() as stack:
            self._channels = [Channel(log.add) for log in (self.console, self._errors)]
            for channel in self._channels:
                stack.callback(channel.finish)
            self._qmp, qmp_theirs = map(stack.enter_context, socket.socketpair())
            self._agent, agent_theirs = map(stack.enter_context, socket.socketpair())
            self._qmp.setblocking(False)
            self.agent = AgentClient(self._agent)
            ends = Ends(self._channels[0].their_fd, qmp_theirs.fileno(), agent_theirs.fileno())
            kept = [ends.console_fd, ends.qmp_fd, ends.agent_fd, *keep]
            argv, errors_fd = sandboxed(command(ends)), self._channels[1].their_fd
            self.process = Process(argv, keep=kept, errors=errors_fd)
            resource_limits.confine(self.process.pid, resource_limits.QEMU)
            for channel in self._channels:
                channel.begin()
            qmp_theirs.close()
            agent_theirs.close()
            self._stack = stack.pop_all()

    async def open(self) -> None:
        """Open the QMP session. Raises LabNotStarted when QEMU ends before that."""
        try:
            await self.qmp.open(self._qmp)
        except HypervisorLost as problem:
            await self.end()
            raise not_started(self.last_words) from problem

    @property
    def last_words(self) -> str:
        """What QEMU, Xen and dom0's kernel said last, for people."""
        return "\n".join(
            log.contents().decode(errors="replace").strip()[-2000:]
            for log in (self._errors, self.console)
        ).strip()

    async def end(self) -> None:
        """Kill QEMU, and return when nothing is left of it; no error if that was done."""
        self.process.kill()
        await self.process.ended
        await self.agent.close()
        with contextlib.suppress(HypervisorLost):
            await self.qmp.close()
        self._stack.close()
