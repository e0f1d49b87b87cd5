"""QMP: commands to QEMU and events from it, with errors for people.

Wraps qemu.qmp's client; one client belongs to one event loop, that of `host.event_loop`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from qemu.qmp import ExecuteError, QMPClient, QMPError, Runstate

from unikernel.errors import HypervisorLost, HypervisorSilent, QmpError, UsageError

EventSink = Callable[[str, Mapping[str, Any]], None]

_GONE = (QMPError, OSError, EOFError)
GREETING_TIME_S = 10.0  # in which a QEMU of ours answers first, however loaded the host is
ANSWER_TIME_S = 60.0  # in which QEMU answers any command
RESET = "system_reset"  # ends a QEMU with -no-reboot, unless asked for as by restart_guest
_FAREWELL_S = 1.0
_RESET_S = 5.0
_RESET_IN_A_ROW_S = 0.3
_RESETS_IN_A_ROW = 10
_CLIENT = "unikernel"  # one name for all clients: each new one would make a logger that stays


class QmpSession:
    """A QMP session. Events go to `on_event(name, data)` in the order they arrive."""

    def __init__(self, on_event: EventSink | None = None) -> None:
        self._client = QMPClient(_CLIENT)
        self._client.logger.setLevel(logging.CRITICAL)  # a QEMU that ends is no error here
        self._on_event = on_event
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._passing = asyncio.Lock()
        self._opening = asyncio.Lock()  # the library breaks when closed while it is opening
        # A filter that keeps nothing: events are seen at once and in order, and none pile up.
        self._client.events.event_filter = self._see

    def _see(self, event: Mapping[str, Any]) -> bool:
        if self._on_event:
            self._on_event(event["event"], event.get("data", {}))
        awaited = self._awaited.pop(event["event"], None)
        if awaited and not awaited.done():
            awaited.set_result(None)
        return False

    def next_event(self, name: str) -> asyncio.Future[None]:
        """Return a future that is done at the next event of this name."""
        awaited = self._awaited.get(name)
        if awaited is None or awaited.done():  # somebody may have given it up
            awaited = self._awaited[name] = asyncio.get_running_loop().create_future()
        return awaited

    async def open(self, address: socket.socket | str) -> None:
        """Open a session over a connected socket, or with the listener at a path.

        Raises HypervisorLost when nobody answers there.
        """
        async with self._opening:
            try:
                await self._client.connect(address)
            except (*_GONE, AssertionError) as problem:  # asserted when QEMU ends meanwhile
                raise HypervisorLost(f"QEMU does not answer: {problem}.") from problem

    async def execute(self, command: str, arguments: Mapping[str, Any] | None = None) -> object:
        """Execute a QMP command and return its result.

        Raises QmpError when QEMU refuses it, HypervisorLost when QEMU is gone, and
        HypervisorSilent when it has not answered within ANSWER_TIME_S; UsageError for what JSON
        (RFC 8259) has no form for.
        """
        sendable = _sendable(command, arguments)
        try:
            async with asyncio.timeout(ANSWER_TIME_S):
                return await self._client.execute(command, sendable)
        except TimeoutError:
            raise HypervisorSilent(
                f"QEMU has not answered {command!r} within {ANSWER_TIME_S:g} s.",
                hint="A held or hanging QEMU answers nothing; stopping the machine ends it.",
            ) from None
        except ExecuteError as refusal:
            hint = await self._closest(command) if "NotFound" in refusal.error_class else ""
            raise QmpError(f"QEMU refused {command!r}: {refusal}", hint=hint) from None
        except _GONE as problem:
            raise HypervisorLost(f"QEMU ended before it answered {command!r}.") from problem

    async def add_descriptor(self, descriptor: int) -> int:
        """Give QEMU an open file of ours, and return the number of the set in which it has it.

        Raises what `execute` does.
        """
        answer = await self._pass(descriptor, "add-fd")
        assert isinstance(answer, dict)
        return int(answer["fdset-id"])

    async def name_descriptor(self, descriptor: int, name: str) -> None:
        """Give QEMU an open file of ours under a name, for the one command that names it.

        Raises what `execute` does.
        """
        await self._pass(descriptor, "getfd", {"fdname": name})

    async def _pass(
        self, descriptor: int, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        """Send an open file and the command that takes it: QEMU has the one that came last."""
        async with self._passing:
            try:
                self._client.send_fd_scm(descriptor)
            except _GONE as problem:
                raise HypervisorLost("QEMU ended before it took a file.") from problem
            return await self.execute(command, arguments)

    async def _closest(self, command: str) -> str:
        with contextlib.suppress(*_GONE):
            known = await self._client.execute("query-commands")
            if isinstance(known, list):
                close = get_close_matches(command, [entry["name"] for entry in known], n=1)
                return f"Did you mean {close[0]!r}?" if close else "query-commands lists them all."
        return ""

    async def drain(self) -> None:
        """Take in what a QEMU that has ended said last."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                while self._client.runstate is Runstate.RUNNING:
                    await self._client.runstate_changed()

    async def close(self) -> None:
        """Close the session. The library raises what ended it; that is known already."""
        async with self._opening:
            with contextlib.suppress(*_GONE):
                await self._client.disconnect()


def _sendable(command: object, arguments: object) -> dict[str, Any] | None:
    """Return a command's arguments. Raises UsageError when they or the command cannot be sent."""
    if not isinstance(command, str):
        raise UsageError(f"{command!r} is no QMP command: a command is a text.")
    wanted = f"The arguments of the QMP command {command!r}"
    if arguments is None:
        return None
    if not isinstance(arguments, Mapping):
        raise UsageError(f"{wanted} are a dictionary, not {arguments!r}.")
    found = dict(arguments)
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as problem:
        raise UsageError(
            f"{wanted} cannot be sent: {problem}.",
            hint="JSON has texts, numbers, true, false, null, and lists and dictionaries of them.",
        ) from None
    return found or None


async def restart_guest(qmp: QmpSession, *, resets_itself: bool) -> None:
    """Start the guest again from its first instruction, and let it run.

    Machines are started with -no-reboot, so that a triple fault ends them; a reset that is meant
    lifts that for a moment. The guest is held meanwhile: what it said before and what it says
    after do not mix.

    With `resets_itself` the firmware does it again: SeaBIOS on PCI finds that it has run ("In
    resume"), and makes itself new by a hard reset, or by some in a row. One that has never run does
    not. A guest that triple faults meanwhile is reset, too, and ends at the next one.
    """
    await qmp.execute("stop")
    await qmp.execute("set-action", {"reboot": "reset"})
    reset = qmp.next_event("RESET")
    await qmp.execute(RESET)
    try:
        async with asyncio.timeout(_RESET_S):
            await reset
    except TimeoutError:
        raise HypervisorLost("QEMU did not reset the guest.") from None
    if not resets_itself:
        await qmp.execute("set-action", {"reboot": "shutdown"})
    with contextlib.suppress(HypervisorLost):  # a guest that is let go may end before the answer
        again = qmp.next_event("RESET")
        await qmp.execute("cont")
        if resets_itself:
            await _last_of(again, qmp)
            await qmp.execute("set-action", {"reboot": "shutdown"})


async def _last_of(reset: asyncio.Future[None], qmp: QmpSession) -> None:
    """Wait for a reset and those that follow it in a row."""
    limit_s = _RESET_S
    with contextlib.suppress(TimeoutError):
        for _ in range(_RESETS_IN_A_ROW):
            async with asyncio.timeout(limit_s):
                await reset
            reset, limit_s = qmp.next_event("RESET"), _RESET_IN_A_ROW_S
