"""The states of a machine, and the ways between them.

                 ┌──── reset ────┐
                 ▼               │
    STARTING ─▶ RUNNING ─ fault ─▶ PANICKED      with on_panic="pause", where the driver can
        │        │   ▲              │
        │      pause resume ◀───────┘
        │        ▼   │
        ├─────▶ PAUSED                           from STARTING: with paused=True
        │
        └─▶ EXITED ◀── from every state, for good; `exit` tells how

Whoever drives a machine asks for a way and waits for word that it was gone: from QEMU's events,
from the kernel (waitid), from the owner's socket. Others go such ways, too: a QMP client, `kill
-STOP`. So a state changes when word comes and never because it was asked for; only where word does
not come in time does the deed count (`becoming`). All of it runs on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from unikernel.errors import HypervisorLost, WrongState
from unikernel.model import advised
from unikernel.model.state import Cause, Exit, State

if TYPE_CHECKING:
    from .machine import Machine

WORD_TIME_S = 5.0  # in which word of a change comes, however loaded the host is
_DISTURBING = ("paused", "resumed", "reset", "profiled", "saved", "restored")
Watcher = Callable[["Machine"], None]

_log = logging.getLogger(__name__)


class Lifecycle:
    """The state of a machine, how it ended, and who is told of changes."""

    def __init__(self, machine: Machine, carrier: str) -> None:
        """`carrier` is what carries the guest, in a word for errors."""
        self._machine = machine
        self._carrier = carrier
        self._watchers: list[Watcher] = []
        self._occupation = ""  # what is done to it that pausing it would disturb
        self.state = State.STARTING
        self.exit: Exit | None = None

    def on_change(self, watcher: Watcher) -> None:
        """Call `watcher(machine)` whenever the state changes."""
        self._watchers.append(watcher)

    def off_change(self, watcher: Watcher) -> None:
        """Stop calling `watcher`; one that was never added is ignored."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def become(self, state: State) -> None:
        """Take note of a state, and tell the watchers if it is another."""
        if state is self.state:
            return
        self.state = state
        for watcher in tuple(self._watchers):
            try:
                watcher(self._machine)
            except Exception:  # noqa: BLE001 (a stranger's callback must not end the event loop)
                _log.exception("a watcher of %s failed", self._machine.name)

    def require(self, action: str, *states: State) -> None:
        """Raise unless the machine is in one of `states`; `action` completes "cannot be …"."""
        name, image = self._machine.name, self._machine.image.name
        if self.state in states:
            if self._occupation and action in _DISTURBING:
                raise WrongState(
                    f"{name!r} cannot be {action} now: it is being {self._occupation}.",
                    hint="Wait until that is done, or interrupt it.",
                )
            return
        if self.state is not State.EXITED:
            raise WrongState(f"{name!r} cannot be {action}: it is {self.state}.")
        again = f"Boot it again: %unikernel {advised.boot(image, name)}"
        if self.exit and self.exit.cause is Cause.LOST:
            raise HypervisorLost(
                f"{name!r} cannot be {action}: its {self._carrier} is gone ({self.exit.message}).",
                hint=again,
            )
        raise WrongState(f"{name!r} cannot be {action}: it has ended ({self.exit}).", hint=again)

    @contextlib.contextmanager
    def occupied(self, action: str, *states: State) -> Iterator[None]:
        """Require one of `states`, and refuse meanwhile what would disturb `action`.

        Raises WrongState.
        """
        self.require(action, *states)
        self._occupation = action
        try:
            yield
        finally:
            self._occupation = ""

    @contextlib.asynccontextmanager
    async def becoming(self, state: State) -> AsyncIterator[None]:
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
                self.become(state)
        finally:
            self.off_change(notice)
