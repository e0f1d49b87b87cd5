"""Machine: control over a guest, beside all that its base classes can."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from unikernel.errors import WrongState
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import under_debugger
from unikernel.machines.cores import Core
from unikernel.model.state import Exit

from .devices import MachineDevices
from .inspection import MachineInspection

if TYPE_CHECKING:
    from unikernel.machines.core.side import Side

CORE_TIME_S = 60.0  # in which a core is kept, however large the guest and loaded the host


class Machine(MachineInspection, MachineDevices):
    """A guest that runs: its state, its console, and control over it.

    Every method that waits has an asynchronous twin ending in `_async`. A guest that dies is no
    error: the machine is then in state EXITED and `exit` tells how. As a context manager, a
    machine is stopped at the end of the block.
    """

    def __init__(self, side: Side) -> None:
        """`side` is where the machine stands to this process; it makes its Machine itself."""
        super().__init__(side)
        self._at_stop: list[Callable[[], Awaitable[object]]] = []

    def at_stop(self, work: Callable[[], Awaitable[object]]) -> None:
        """Have who stops the machine wait for `work()`, done on the event loop once it ended."""
        self._at_stop.append(work)

    async def _stop(self, timeout_s: float = 2.0) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""
        try:
            return await self._side.stop(timeout_s)
        finally:
            for work in tuple(self._at_stop):
                await work()

    stop, stop_async = sync_and_async(_stop)

    async def _pause(self) -> None:
        """Hold the guest. Raises WrongState unless it runs, and when a debugger has it."""
        under_debugger.refuse(self._side, "paused")
        await self._side.driver.pause(self._side)

    pause, pause_async = sync_and_async(_pause)

    async def _resume(self) -> None:
        """Let a held guest go on. Raises WrongState unless it is held, or if gdb has it."""
        under_debugger.refuse(self._side, "resumed")
        self._side.begin_run()
        await self._side.driver.resume(self._side)

    resume, resume_async = sync_and_async(_resume)

    async def _reset(self) -> None:
        """Start the guest again from its first instruction, and let it run.

        Raises UsageError where `can_reset` is false, and WrongState when a debugger has it.
        """
        under_debugger.refuse(self._side, "reset")
        await self._side.driver.reset(self._side)

    reset, reset_async = sync_and_async(_reset)

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command and return its result.

        Raises QmpError when QEMU refuses it, naming the nearest command there is, and UsageError
        when the guest does not run under QEMU.
        """
        return await self._side.driver.qmp(self._side, command, arguments)

    qmp, qmp_async = sync_and_async(_qmp)

    async def _xl(self, *arguments: str) -> str:
        """Run `xl` with `arguments` in the dom0 that the guest's domain is of; return its output.

        `xenstore-ls` with a path stands for an xl command, too. Raises Dom0Refused when it fails,
        and UsageError for what may not be run, and for a guest that is no domain of Xen's.
        """
        return await self._side.driver.xl(self._side, arguments)

    xl, xl_async = sync_and_async(_xl)

    async def _wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until the machine has ended. Raises WrongState if it runs after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._side.ended()
        except TimeoutError:
            raise WrongState(
                f"{self.name!r} has not ended within {timeout_s:g} s: it is {self.state}.",
                hint=f"Stop it: %unikernel stop {shlex.quote(self.name)}",
            ) from None

    wait, wait_async = sync_and_async(_wait)

    async def _wait_for_core(self, timeout_s: float = CORE_TIME_S) -> Core | None:
        """Wait until what a guest that has crashed had in memory is kept, and return that.

        Returns None at once for one that has not crashed, or of which no core was asked for.
        """
        changed = asyncio.Event()

        def notice(_: object) -> None:
            changed.set()

        self.on_change(notice)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    while self._side.is_crashing:
                        await changed.wait()
                        changed.clear()
        finally:
            self.off_change(notice)
        return self.core

    wait_for_core, wait_for_core_async = sync_and_async(_wait_for_core)

    async def _settle(self, timeout_s: float) -> None:
        """Wait, `timeout_s` at most, until a guest that was just booted is ready.

        It is when it has said its first line, or has started and waits for something in silence.
        """
        await self._side.settle(timeout_s)

    settle, settle_async = sync_and_async(_settle)

    def forget(self) -> None:
        """Remove what a detached machine that has ended left to be looked at."""
        self._side.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_async()
