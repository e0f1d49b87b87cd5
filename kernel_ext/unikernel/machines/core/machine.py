"""Machine: what every running guest can do, whoever runs it and wherever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Self

from unikernel.errors import HypervisorLost, WrongState
from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.host import event_loop
from unikernel.model.dimensions import host, of_image
from unikernel.model.measurement import Scalar
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model.image import Image

from .networked import Networked

WORD_TIME_S = 5.0  # in which word of a change comes, however loaded the host is
Watcher = Callable[["Machine"], None]

_log = logging.getLogger(__name__)


class Machine(Networked):
    """A guest that runs: its state, its console, and control over it.

    Every method that waits has an asynchronous twin ending in `_async`. A guest that dies is no
    error: the machine is then in state EXITED and `exit` tells how. As a context manager, a
    machine is stopped at the end of the block.
    """

    carrier: ClassVar[str]  # what carries the guest: "hypervisor" or "process"
    can_reset: ClassVar[bool]
    moved = False  # begun anew on another accelerator, since its own gave it up

    def __init__(self, name: str, image: Image, spec: Spec) -> None:
        self.name = name
        self.image = image
        self.spec = spec
        self.state = State.STARTING
        self.exit: Exit | None = None
        self._watchers: list[Watcher] = []

    @property
    @abstractmethod
    def console(self) -> Console:
        """The console."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the guest runs on: "microvm", "q35" or "pc" of QEMU, or a "process"."""

    @property
    @abstractmethod
    def accelerator(self) -> str:
        """What executes the guest's instructions: "kvm", "tcg", or the "native" CPU."""

    @property
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""
        return ""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process of the hypervisor, or the guest itself; None before it was started."""

    @property
    @abstractmethod
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""

    @property
    @abstractmethod
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""

    @property
    @abstractmethod
    def program(self) -> str:
        """The path of the program that runs: the hypervisor, or the image itself."""

    @property
    @abstractmethod
    def timeline(self) -> BootTimeline | None:
        """The phases of its boot; None until its first console line is out."""

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the dimensions that every measurement of this machine carries."""
        return {
            **of_image(self.image),
            "machine": self.kind,
            "memory_mib": self.spec.memory_mib,
            "accelerator": self.accelerator,
            **host(),
        }

    def on_change(self, watcher: Watcher) -> None:
        """Call `watcher(machine)` on the loop's thread whenever the state changes."""
        self._watchers.append(watcher)

    def off_change(self, watcher: Watcher) -> None:
        """Stop calling `watcher`; one that was never added is ignored."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def stop(self, timeout_s: float = 2.0) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""
        return event_loop.call(self._stop(timeout_s))

    async def stop_async(self, timeout_s: float = 2.0) -> Exit:
        """Asynchronous twin of `stop`."""
        return await event_loop.wrap(self._stop(timeout_s))

    def pause(self) -> None:
        """Hold the guest. Raises WrongState unless it runs."""
        event_loop.call(self._pause())

    async def pause_async(self) -> None:
        """Asynchronous twin of `pause`."""
        await event_loop.wrap(self._pause())

    def resume(self) -> None:
        """Let a held guest go on. Raises WrongState unless it is held."""
        event_loop.call(self._resume())

    async def resume_async(self) -> None:
        """Asynchronous twin of `resume`."""
        await event_loop.wrap(self._resume())

    def reset(self) -> None:
        """Start the guest again from its first instruction, and let it run.

        Raises UsageError where `can_reset` is false.
        """
        event_loop.call(self._reset())

    async def reset_async(self) -> None:
        """Asynchronous twin of `reset`."""
        await event_loop.wrap(self._reset())

    def qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command and return its result.

        Raises QmpError when QEMU refuses it, naming the nearest command there is, and UsageError
        when the guest does not run under QEMU.
        """
        return event_loop.call(self._qmp(command, arguments))

    async def qmp_async(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Asynchronous twin of `qmp`."""
        return await event_loop.wrap(self._qmp(command, arguments))

    def wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until the machine has ended. Raises WrongState if it runs after `timeout_s`."""
        return event_loop.call(self._wait(timeout_s))

    async def wait_async(self, timeout_s: float | None = None) -> Exit:
        """Asynchronous twin of `wait`."""
        return await event_loop.wrap(self._wait(timeout_s))

    def settle(self, timeout_s: float) -> None:
        """Wait, `timeout_s` at most, until a guest that was just booted is ready.

        It is when it has said its first line, or has started and waits for something in silence.
        """
        event_loop.call(self._settle(timeout_s))

    async def _settle(self, timeout_s: float) -> None:
        """Wait for a guest of this process; only its owner hears of it."""

    @abstractmethod
    async def _stop(self, timeout_s: float) -> Exit: ...

    @abstractmethod
    async def _pause(self) -> None: ...

    @abstractmethod
    async def _resume(self) -> None: ...

    @abstractmethod
    async def _reset(self) -> None: ...

    @abstractmethod
    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> object: ...

    @abstractmethod
    async def _end(self) -> Exit:
        """Wait until the machine has ended."""

    async def _wait(self, timeout_s: float | None) -> Exit:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._end()
        except TimeoutError:
            raise WrongState(
                f"{self.name!r} has not ended within {timeout_s:g} s: it is {self.state}.",
                hint=f"Stop it: %unikernel stop {self.name}",
            ) from None

    def _require(self, wish: str, *states: State) -> None:
        """Raise unless the machine is in one of `states`; `wish` completes "cannot be …"."""
        if self.state in states:
            return
        if self.state is not State.EXITED:
            raise WrongState(f"{self.name!r} cannot be {wish}: it is {self.state}.")
        if self.exit and self.exit.cause is Cause.LOST:
            raise HypervisorLost(
                f"{self.name!r} cannot be {wish}: "
                f"its {self.carrier} is gone ({self.exit.message}).",
                hint=f"Boot it again: %unikernel boot {self.image.name}",
            )
        raise WrongState(
            f"{self.name!r} cannot be {wish}: it has ended ({self.exit}).",
            hint=f"Boot it again: %unikernel boot {self.image.name}",
        )

    @contextlib.asynccontextmanager
    async def _becoming(self, state: State) -> AsyncIterator[None]:
        """Wait at the end of the block until word comes of `state` or of the machine's end.

        Whoever should bring it may be held itself; then what the block did counts.
        """
        changed = asyncio.Event()
        seen: set[State] = set()

        def notice(_: Machine) -> None:
            seen.add(self.state)
            changed.set()

        self.on_change(notice)
        try:
            yield
            try:
                async with asyncio.timeout(WORD_TIME_S):
                    while not seen & {state, State.EXITED}:
                        changed.clear()
                        await changed.wait()
            except TimeoutError:
                self._become(state)
        finally:
            self.off_change(notice)

    def _become(self, state: State) -> None:
        if state is self.state:
            return
        self.state = state
        for watcher in tuple(self._watchers):
            try:
                watcher(self)
            except Exception:  # noqa: BLE001 (a stranger's callback must not end the event loop)
                _log.exception("a watcher of %s failed", self.name)

    def __str__(self) -> str:
        return visible(f"{self.name}: {self.exit or self.state}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_async()
