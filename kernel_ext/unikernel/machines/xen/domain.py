"""Domain: what carries a guest here, in the place of a process.

    Domain() ── its place, its devices, `xl create` ──▶ made ── unpaused ──▶ the guest runs
        │                                                │ ▲
        │                                                reset: destroyed, and made again
        └── kill, a failure, the guest's end, the place's end ──▶ destroyed ──▶ `ended`

All of it is one task; whatever goes wrong, nothing of the domain is left when `ended` is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unikernel.errors import BootFailed, Dom0Refused, HypervisorLost, UnikernelError, WrongState
from unikernel.host.children import Child
from unikernel_toolchain.messages import os_errors

from .exits import Reason
from .incarnation import Ears, Incarnation
from .place import Place
from .xl import toolstack
from .xl.config import DomainConfig
from .xl.listing import Status

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What is to be done for a domain, each when its turn has come.

    `plug` brings the machine's devices to the place and returns the domain's configuration;
    `began(held)` is called when the guest runs, or is held before its first instruction, and
    `begins_anew()` when it has been destroyed to be made again. Dom0 is given a copy of `image`, if
    one is named.
    """

    find_place: Callable[[], Awaitable[Place]]
    plug: Callable[[Place], Awaitable[DomainConfig]]
    image: Path | None
    ears: Ears
    paused: bool
    began: Callable[[bool], None]
    begins_anew: Callable[[], None]


class Domain(Child):
    """A domain that is being made, runs, or has ended; `ended` becomes 0."""

    def __init__(self, plan: Plan) -> None:
        """Begin to make it."""
        super().__init__()
        self.place: Place | None = None
        self.trouble: UnikernelError | None = None  # why the guest never ran
        self.reason: int | None = None  # of its shutdown
        self.xen_said = ""  # of its crash
        self.lost = ""  # why it is gone with its dom0
        self._plan = plan
        self._config: DomainConfig | None = None
        self._incarnation: Incarnation | None = None
        self._changing = asyncio.Lock()  # while one incarnation takes the place of another
        self._killed: asyncio.Future[None] = self._loop.create_future()
        self._use = contextlib.AsyncExitStack()
        self._boot = asyncio.create_task(self._make_first())
        self._life = asyncio.create_task(self._live())

    @property
    def pid(self) -> int | None:  # type: ignore[override]
        """The process with which it ends: the lab's QEMU; None before there is one."""
        return self.place.pid if self.place else None

    @property
    def number(self) -> int | None:
        """Xen's number for it; None while there is no domain."""
        return self._incarnation.number if self._incarnation else None

    def send(self, number: signal.Signals) -> None:  # noqa: ARG002 (each of them would end it)
        """Have it destroyed, unless it has ended: a domain takes no signals."""
        if not self._killed.done():
            self._killed.set_result(None)

    async def _live(self) -> None:
        try:
            with os_errors.raised_as("Making the domain", BootFailed):
                await self._any(self._boot)
                if self._boot.done():
                    await self._boot
                    await self._until_over()
        except UnikernelError as problem:
            self.trouble = problem
        except Exception as problem:  # noqa: BLE001 (it must end all the same)
            _log.exception("a domain's life")
            self.trouble = BootFailed(f"The domain was given up: {problem!r}.")
        await self._clear_up()
        self.ended.set_result(0)

    async def _any(self, *awaited: asyncio.Future[Any]) -> None:
        """Wait for one of these, for a kill, or for the place's end."""
        ends = (self.place.ended,) if self.place else ()
        await asyncio.wait((*awaited, self._killed, *ends), return_when=asyncio.FIRST_COMPLETED)

    async def _make_first(self) -> None:
        plan = self._plan
        place = self.place = await plan.find_place()
        await self._use.enter_async_context(place.in_use())
        plan.ears.end_step("lab")
        self._config = await plan.plug(place)
        await self._use.enter_async_context(place.guarded(self._config.name))
        await self._make(place, self._config, held=plan.paused)

    async def _make(self, place: Place, config: DomainConfig, *, held: bool) -> None:
        """Have the domain made, and let it go unless it is to be held."""
        if image := self._plan.image:
            await place.dom0.put(config.kernel, await asyncio.to_thread(image.read_bytes))
        self._plan.ears.end_step("devices")
        made = await Incarnation.make(place.dom0, config, self._plan.ears, held=held)
        self._incarnation = made
        self._plan.began(held)
        await toolstack.forget(place.dom0, config)

    async def made(self) -> bool:
        """Wait until the guest runs, or is held; False when that did not come about."""
        await asyncio.wait((self._boot, self.ended), return_when=asyncio.FIRST_COMPLETED)
        done = self._boot.done() and not self._boot.cancelled()
        return done and self._boot.exception() is None

    async def _until_over(self) -> None:
        """Wait for the guest's end, a kill, or the place's end, whatever resets come between."""
        while self._incarnation and not self._killed.done():
            incarnation = self._incarnation
            await self._any(incarnation.over)
            async with self._changing:
                if self._incarnation is incarnation:
                    return

    async def _clear_up(self) -> None:
        """Hear the guest's last words, and have nothing left of it."""
        self._boot.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):  # told by `trouble`
            await self._boot
        incarnation = self._incarnation
        try:
            if incarnation and not (self.place and self.place.ended.done()):
                await self._hear_out(incarnation)
            await self._destroy()
        except HypervisorLost as problem:
            self.lost = problem.what
        except Dom0Refused as problem:
            self.lost = f"its domain was not destroyed: {problem.what}"
            if self.place:
                self.place.give_up(problem.what)
        if incarnation:
            await incarnation.leave()
        if self.place and self.place.ended.done():
            self.lost = self.place.lost
        await self._use.aclose()

    async def _hear_out(self, incarnation: Incarnation) -> None:
        if not incarnation.over.done() or not self.place:
            return
        self.reason = incarnation.reason
        if not incarnation.is_gone:
            await incarnation.read_trace()
            await incarnation.hear_out()
        if self.reason == Reason.CRASH:
            self.xen_said = await toolstack.said_of(self.place.dom0, incarnation.number)

    async def _destroy(self) -> None:
        if not self.place or not self._config:
            return
        if self._incarnation:
            await self._incarnation.destroy()
        else:  # xl may have been under way when it was killed
            await toolstack.destroy(self.place.dom0, self._config.name)
        await toolstack.forget(self.place.dom0, self._config)

    async def reset(self) -> None:
        """Destroy the domain and make it again. When that fails the machine has ended."""
        async with self._changing:
            place, old, config = self._needed()
            await old.destroy()
            await old.leave()
            self._plan.begins_anew()
            try:
                await self._make(place, config, held=False)
            except BaseException:
                self.kill()
                raise

    async def xl(self, action: str) -> None:
        """Do something to the domain: "pause", "unpause". Raises Dom0Refused."""
        async with self._changing:
            place, incarnation, _ = self._needed()
            await toolstack.checked(place.dom0, "xl", action, str(incarnation.number))

    async def status(self) -> Status | None:
        """Return what Xen has it doing; None when it is gone."""
        place, incarnation, _ = self._needed()
        return await toolstack.status(place.dom0, incarnation.number)

    async def ask_to_end(self) -> None:
        """Ask the guest to power off (control/shutdown, xenstore-paths). Raises WrongState."""
        place, incarnation, _ = self._needed()
        path = f"/local/domain/{incarnation.number}/control/shutdown"
        await toolstack.checked(place.dom0, "xenstore-write", path, "poweroff")

    def _needed(self) -> tuple[Place, Incarnation, DomainConfig]:
        if self.place and self._incarnation and self._config and not self._killed.done():
            return self.place, self._incarnation, self._config
        raise WrongState("The domain was not made yet, or is no more.")

    async def type(self, data: bytes) -> None:
        """Type at its console. OSError when nobody is there."""
        if not await self.made() or self._incarnation is None:
            raise BrokenPipeError
        await self._incarnation.type(data)

    def hold(self, *, held: bool) -> None:
        """Leave what it says in dom0, so that it must wait; or go on reading."""
        if self._incarnation:
            self._incarnation.hold(held=held)
