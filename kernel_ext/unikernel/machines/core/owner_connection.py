"""What an attached machine asks of its owner, and the answers: lines of JSON over one socket.

A request has a number, and so has its answer. Changes of a disk, which are older, have none: they
are answered in their order. Whatever is unanswered when the owner is gone gets an empty answer, and
whoever waits for it then sees a machine that has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from unikernel.errors import DiskUnavailable, HypervisorLost, HypervisorSilent, WrongState

from . import requests
from .disk_change import DiskChange
from .passed_errors import error_of

ANSWER_TIME_S = 5.0  # in which an owner answers, however busy
CHANGE_TIME_S = 120.0  # in which it has changed a disk, which waits for what is written

_Answer = asyncio.Future[dict[str, Any]]


class OwnerConnection:
    """The way to the process that owns a machine; closed until it has a `writer`."""

    writer: asyncio.StreamWriter | None = None

    def __init__(self, machine_name: str, owner_pid: int) -> None:
        self._machine_name = machine_name
        self._owner = f"Process {owner_pid}, which owns {machine_name!r}"
        self._changes: deque[_Answer] = deque()
        self._requests: dict[int, _Answer] = {}  # by their numbers
        self._numbers = itertools.count(1)

    async def tell(self, message: Mapping[str, Any], action: str) -> None:
        """Send a message. Raises WrongState when the owner is gone; `action` is what fails."""
        gone = f"{self._machine_name!r} cannot be {action}: it has ended."
        if self.writer is None:
            raise WrongState(gone)
        try:
            self.writer.write(json.dumps(message).encode() + b"\n")
            await self.writer.drain()
        except OSError as problem:
            raise WrongState(gone) from problem

    async def ask(self, action: str, *, time_s: float = ANSWER_TIME_S, **arguments: Any) -> Any:
        """Have the owner do something (core/requests.py), and return its result.

        Raises what the owner's deed raises, HypervisorSilent when no answer comes within `time_s`,
        and WrongState when the machine has ended.
        """
        number = next(self._numbers)
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._requests[number] = answer
        request = {"number": number, "action": action, "arguments": arguments}
        try:
            await self.tell({"request": request}, "asked")
            async with asyncio.timeout(time_s):
                facts = await answer
        except TimeoutError:
            raise HypervisorSilent(
                f"{self._owner}, has not answered within {time_s:g} s.",
                hint="It may be busy; ending that process ends the machine.",
            ) from None
        except asyncio.CancelledError:
            if action in requests.UNDONE:
                with contextlib.suppress(WrongState):
                    await self.tell({"cancel": number}, "asked")
            raise
        finally:
            self._requests.pop(number, None)
        if "error" in facts:
            raise error_of(facts, HypervisorLost)
        return facts.get("result")

    async def change_disk(self, change: DiskChange) -> None:
        """Have the owner change a disk. Raises as `ask` does."""
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._changes.append(answer)
        await self.tell({"change": change.facts()}, "given another disk")
        try:
            async with asyncio.timeout(CHANGE_TIME_S):
                facts = await answer
        except TimeoutError:
            raise HypervisorSilent(
                f"{self._owner}, has not said within {CHANGE_TIME_S:g} s what became of its disk.",
                hint="disk ls shows what it has; stopping the machine ends it.",
            ) from None
        if facts:
            raise error_of(facts, DiskUnavailable)

    def take(self, message: object) -> bool:
        """Take what the owner said; return whether it was an answer."""
        match message:
            case {"changed": answer} if self._changes:
                _give(self._changes.popleft(), answer)
            case {"answer": dict() as answered} if answered.get("number") in self._requests:
                _give(self._requests.pop(answered["number"]), answered)
            case _:
                return False
        return True

    def close(self) -> None:
        """Hang up, and answer what the owner did not."""
        if self.writer:
            self.writer.close()
            self.writer = None
        for answer in (*self._changes, *self._requests.values()):
            _give(answer, {})
        self._changes.clear()
        self._requests.clear()


def _give(answer: _Answer, facts: dict[str, Any]) -> None:
    """Give an answer to whoever still waits for it."""
    if not answer.done():
        answer.set_result(facts)
