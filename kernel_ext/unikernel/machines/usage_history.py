"""What machines used in the last minute, looked at again and again while somebody wants to know."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from unikernel.errors import UnikernelError

from .usage import Rates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .core.machine import Machine
    from .usage import Usage

LENGTH = 120  # looks that are kept
LOOK_TIME_S = 1.0  # that one look may take: whoever answers later misses it


class Seen:
    """What was seen of one machine: its usage last, its rates before, the latest behind."""

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.looks: deque[tuple[Usage, Rates]] = deque(maxlen=LENGTH)

    def take(self, usage: Usage) -> None:
        """Add a look."""
        self.looks.append((usage, usage.since(self.usage) if self.usage else Rates()))
        self.usage = usage


class UsageHistory:
    """The looks at all machines. An ended one's are kept as long as the machine is."""

    def __init__(self) -> None:
        self._seen: WeakKeyDictionary[Machine, Seen] = WeakKeyDictionary()

    def of(self, machine: Machine) -> Seen:
        """Return what was seen of a machine."""
        return self._seen.setdefault(machine, Seen())

    async def look(self, machines: Iterable[Machine]) -> set[Machine]:
        """Look at each machine that has not ended; return those that could be looked at.

        A silent one delays the others by LOOK_TIME_S at most.
        """
        living = [machine for machine in machines if machine.exit is None]
        answered = await asyncio.gather(*map(self._look, living))
        return {machine for machine, answers in zip(living, answered, strict=True) if answers}

    async def _look(self, machine: Machine) -> bool:
        with contextlib.suppress(UnikernelError, TimeoutError):
            async with asyncio.timeout(LOOK_TIME_S):
                self.of(machine).take(await machine.usage_async())
                return True
        return False
