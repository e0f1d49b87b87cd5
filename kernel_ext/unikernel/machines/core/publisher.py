"""Publishes a machine of this process to the user's other processes.

They connect to a socket in the run folder and speak JSON, one object a line:

    to them     {"state": "paused"}   {"bytes": "base64"}   {"restart": true}   {"exit": {…}}
                {"note": "text"}      what happened to the guest
                {"disks": {…}}        they are other ones now: blocks, descriptors
                {"changed": {…}}      the answer to a change: {}, or error and texts
                {"answer": {…}}       to a request, with its number: result, or error and texts
    from them   {"type": "text"}      typed at the console
                {"change": {…}}       of a disk (core/disk_change.py)
                {"request": {…}}      number, action and arguments (core/requests.py)
                {"cancel": number}    of a request whose asker waits no more

A new listener first hears everything the console remembers, then the state. Each hears at its own
pace: one that falls behind loses what the console forgets meanwhile, and costs no more than that.
It then gets all that is remembered, so that the last megabyte it has heard is whole.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from unikernel.errors import HypervisorSilent, UnikernelError
from unikernel.host import event_loop

from .disk_change import DiskChange, change_of
from .machine import Machine
from .passed_errors import facts_of
from .requests import SAMPLE

Serve = Callable[[str, Mapping[str, Any]], Awaitable[object]]

PIECE = 3 << 14  # bytes a line
LINE_LIMIT = 1 << 18  # bytes a line, in base64 and JSON
REQUESTS_AT_ONCE = 16  # of one machine's
PARTING_S = 1.0  # that a process which ends gives listeners to take the last words

_parting: set[asyncio.Task[None]] = set()


class Publisher:
    """The owner's end. Everything runs on the event loop."""

    def __init__(
        self,
        machine: Machine,
        change_disk: Callable[[DiskChange], Awaitable[None]],
        serve: Serve,
    ) -> None:
        """`change_disk` and `serve(action, arguments)` do what another process asks for."""
        self._machine = machine
        self._change_disk = change_disk
        self._serve_request = serve
        self._requests: set[asyncio.Task[None]] = set()  # under way; the loop keeps none alive
        self._listeners: set[_Listener] = set()
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Listen at `path`, and follow the machine."""
        self._server = await asyncio.start_unix_server(self._serve, path, limit=LINE_LIMIT)
        self._machine.console.subscribe_bytes(self._on_output)
        self._machine.console.subscribe_notes(self._on_note)
        self._machine.on_change(self._changed)

    def close(self) -> None:
        """Tell how the machine ended, and hang up."""
        if self._server is None:
            return
        self._server.close()
        for request in self._requests:
            request.cancel()
        self._machine.console.unsubscribe_bytes(self._on_output)
        self._machine.console.unsubscribe_notes(self._on_note)
        self._machine.off_change(self._changed)
        if self._machine.exit:
            self._send({"exit": asdict(self._machine.exit)})
        for listener in self._listeners:
            listener.hang_up()

    def tell_disks(self) -> None:
        """Tell that its disks are other ones now."""
        blocks = {device: str(block) for device, block in self._machine.disks.items()}
        descriptors = dict(self._machine.disk_descriptors)
        self._send({"disks": {"blocks": blocks, "descriptors": descriptors}})

    def restart(self) -> None:
        """Tell that the guest was reset, and that what it says from now on is new."""
        self._send({"restart": True})

    def _on_output(self, _: bytes) -> None:
        for listener in self._listeners:
            listener.news.set()

    def _on_note(self, text: str) -> None:
        self._send({"note": text})

    def _changed(self, machine: Machine) -> None:
        self._send({"state": machine.state})

    def _send(self, message: dict[str, Any]) -> None:
        for listener in self._listeners:
            listener.send(message)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener = _Listener(self._machine, writer)
        listener.send({"state": self._machine.state})
        self._listeners.add(listener)
        talking = asyncio.create_task(listener.talk())
        try:
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError, UnikernelError):
                while line := await reader.readline():
                    message = json.loads(line)
                    if "change" in message:
                        listener.send({"changed": await self._change(message["change"])})
                        continue
                    if "request" in message:
                        self._begin_request(listener, message["request"])
                        continue
                    if "cancel" in message:
                        if task := listener.requests.get(message["cancel"]):
                            task.cancel()
                        continue
                    typed = message["type"].encode("utf-8", "surrogateescape")
                    await self._machine.console.send(typed)
        finally:
            self._listeners.discard(listener)
            talking.cancel()
            for sampling in tuple(listener.sampling):
                sampling.cancel()  # nobody is there to look at it
            writer.close()

    def _begin_request(self, listener: _Listener, facts: Mapping[str, Any]) -> None:
        """Serve a request beside what else its listener does, such as typing."""
        if len(self._requests) >= REQUESTS_AT_ONCE:
            busy = HypervisorSilent("Too much was asked of this machine at once.")
            listener.send({"answer": {"number": facts["number"], **facts_of(busy)}})
            return
        task = asyncio.create_task(self._answer(listener, facts))
        if facts["action"] == SAMPLE:
            listener.sampling.add(task)
            task.add_done_callback(listener.sampling.discard)
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
        listener.requests[facts["number"]] = task

    async def _answer(self, listener: _Listener, facts: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"number": facts["number"]}
        try:
            answer["result"] = await self._serve_request(facts["action"], facts["arguments"])
        except UnikernelError as error:
            answer |= facts_of(error)
        listener.send({"answer": answer})

    async def _change(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Change a disk for another process; return the answer to it."""
        try:
            await self._change_disk(change_of(facts))
        except UnikernelError as error:
            return facts_of(error)
        return {}


class _Listener:
    """Another process, and how far it has heard."""

    def __init__(self, machine: Machine, writer: asyncio.StreamWriter) -> None:
        self._console = machine.console
        self._writer = writer
        # The chunk is on its way; all of it is sent, so that nothing is torn. The position is that
        # of its end in what the console said.
        self._chunk, self._position = machine.console.data_since(0)
        self._messages: deque[tuple[int, dict[str, Any]]] = deque()  # and the byte they come before
        self.sampling: set[asyncio.Task[None]] = set()  # its requests to look at the guest
        self.news = asyncio.Event()
        self.requests: WeakValueDictionary[int, asyncio.Task[None]] = WeakValueDictionary()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message once everything said so far is."""
        self._messages.append((self._console.data_since(self._position)[1], message))
        self.news.set()

    async def talk(self) -> None:
        """Send what the console says, as fast as it is taken."""
        with contextlib.suppress(OSError):
            while True:
                self.news.clear()
                while line := self._next_line():
                    self._writer.write(line)
                    await self._writer.drain()
                await self.news.wait()

    def hang_up(self) -> None:
        """Send what is left and close."""
        while line := self._next_line():
            self._writer.write(line)
        self._writer.close()
        parting = asyncio.create_task(_part(self._writer))
        _parting.add(parting)
        parting.add_done_callback(_parting.discard)

    def _next_line(self) -> bytes:
        if not self._chunk:
            self._chunk, self._position = self._console.data_since(self._position)
        start = self._position - len(self._chunk)
        stop = self._messages[0][0] if self._messages else self._position
        piece = self._chunk[: max(0, min(stop - start, PIECE))]
        if piece:
            self._chunk = self._chunk[len(piece) :]
            return _line({"bytes": base64.b64encode(piece).decode()})
        return _line(self._messages.popleft()[1]) if self._messages else b""


async def _part(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _parted() -> None:
    if _parting:
        await asyncio.wait(_parting, timeout=PARTING_S)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


event_loop.at_exit(lambda: event_loop.call(_parted()))  # once the registry has stopped its machines
