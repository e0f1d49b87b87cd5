"""Publishes a machine of this process to the user's other processes.

They connect to a socket in the run folder and speak JSON, one object a line:

    to them     {"state": "paused"}   {"said": "text"}   {"restart": true}   {"exit": {…}}
    from them   {"type": "text"}      typed at the console

A new listener first hears everything the console remembers, then the state.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unikernel.errors import UnikernelError

from .contract import Machine

PIECE = 1 << 14  # characters a line
LINE_LIMIT = 1 << 18  # bytes a line: every character may be escaped
BACKLOG_LIMIT = 1 << 23  # bytes; a listener so far behind is dropped


class Publisher:
    """The owner's end. Everything runs on the engine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._listeners: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Listen at `path`, and follow the machine."""
        self._server = await asyncio.start_unix_server(self._serve, path, limit=LINE_LIMIT)
        self._machine.console.subscribe(self._said)
        self._machine.on_change(self._changed)

    def close(self) -> None:
        """Tell how the machine ended, and hang up."""
        if self._server is None:
            return
        self._server.close()
        self._machine.console.unsubscribe(self._said)
        self._machine.off_change(self._changed)
        if self._machine.exit:
            self._tell({"exit": asdict(self._machine.exit)})
        for writer in tuple(self._listeners):
            writer.close()

    def restart(self) -> None:
        """Tell that the guest was reset, and that what it says from now on is new."""
        self._tell({"restart": True})

    def _said(self, text: str) -> None:
        for at in range(0, len(text), PIECE):
            self._tell({"said": text[at : at + PIECE]})

    def _changed(self, machine: Machine) -> None:
        self._tell({"state": machine.state})

    def _tell(self, message: dict[str, Any]) -> None:
        for writer in tuple(self._listeners):
            _send(writer, message)
            if writer.transport.get_write_buffer_size() > BACKLOG_LIMIT:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = self._machine.console.text
        for at in range(0, len(text), PIECE):
            _send(writer, {"said": text[at : at + PIECE]})
        _send(writer, {"state": self._machine.state})
        self._listeners.add(writer)
        try:
            with contextlib.suppress(OSError, ValueError, UnikernelError):
                while line := await reader.readline():
                    typed = json.loads(line)["type"]
                    await self._machine.console.send(typed.encode("utf-8", "surrogateescape"))
        finally:
            self._listeners.discard(writer)
            writer.close()


def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
