"""The attached side of a machine: another process of this user owns it, and keeps us informed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import signal
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from unikernel.errors import (
    HypervisorLost,
    HypervisorSilent,
    UnikernelError,
    WrongState,
)
from unikernel.guest.console import Console
from unikernel.guest.timeline import BootTimeline
from unikernel.host import console_log, run_folder
from unikernel.host.run_folder import RunFolder
from unikernel.machines import cores
from unikernel.machines.usage import Usage
from unikernel.model.debugging.samples import Samples
from unikernel.model.state import Cause, Exit, State

from . import requests
from .disk_change import DiskChange
from .driver import Driver
from .owner_connection import ANSWER_TIME_S, OwnerConnection
from .publisher import LINE_LIMIT
from .record import exit_of, image_of, spec_of
from .side import Side

USAGE_TIME_S = 2.0  # in which it says what was used: later that is old
SNAPSHOT_TIME_S = 120.0  # a gigabyte of memory on a slow disk
OWNER_GONE = Exit(Cause.LOST, message="the process that owned it is gone")

_listening: set[asyncio.Task[None]] = set()  # the loop itself does not keep tasks alive


class AttachedConsole(Console):
    """The console of a machine that another process runs, through that process."""

    def __init__(self, machine_name: str, log: Path, owner: OwnerConnection) -> None:
        super().__init__(machine_name)
        self._log = log
        self._owner = owner

    def kept(self) -> Iterator[bytes]:
        """Yield what its owner keeps, while that is there; else what came from it."""
        kept = console_log.parts_of(self._log)
        first = next(kept, b"")
        return itertools.chain((first,), kept) if first else super().kept()

    async def send(self, data: bytes) -> None:
        """Hand `data` to the guest. Raises WrongState when it is gone."""
        await self._owner.tell({"type": data.decode("utf-8", "surrogateescape")}, "typed at")


class AttachedSide(Side):
    """A machine of another process, known by its record and through its sockets."""

    folder: RunFolder

    def __init__(self, folder: RunFolder, facts: Mapping[str, Any], driver: Driver) -> None:
        super().__init__(facts["name"], image_of(facts), spec_of(facts), driver)
        self.folder = folder
        self._facts = facts
        self._identity = run_folder.guest_identity(facts)
        self.network_lost = str(facts["network_lost"])
        self._owner = OwnerConnection(self.name, folder.owner_pid)
        self.ask = self._owner.ask
        self._console = AttachedConsole(self.name, folder.console_log, self._owner)
        self._over = asyncio.Event()
        self._disk_descriptors = dict(facts.get("disks", {}))

    @property
    def console(self) -> Console:
        """The console."""
        return self._console

    @property
    def owner_pid(self) -> int:
        """The process that owns the machine."""
        return self.folder.owner_pid

    @property
    def is_orphan(self) -> bool:
        """Whether its owner went away without a word."""
        return self.lifecycle.exit is OWNER_GONE

    def forget(self) -> None:
        """Remove what an ended machine left to be looked at."""
        if self.lifecycle.exit:
            self.folder.remove()

    @property
    def accelerator(self) -> str:
        """What executes the guest's instructions."""
        return str(self._facts["accelerator"])

    @property
    def remark(self) -> str:
        """A sentence on what executes its instructions, for whoever chose nothing; else ""."""
        return str(self._facts.get("remark", ""))

    @property
    def is_crashing(self) -> bool:
        """Whether the guest has crashed and its core is being written by the owner."""
        is_over = self.lifecycle.exit or self.lifecycle.state is State.PANICKED
        return self.spec.core and not is_over and cores.is_written(self.name, self.owner_pid)

    @property
    def pid(self) -> int | None:
        """The process of the hypervisor, or the guest itself."""
        return int(self._identity[0]) if self._identity else None

    @property
    def started_at(self) -> float:
        """When it was started, in seconds since 1970."""
        return float(self._facts["started_at"])

    @property
    def command(self) -> str:
        """The command that runs the guest with its console on the terminal, ready to paste."""
        return str(self._facts["command"])

    @property
    def timeline(self) -> BootTimeline | None:
        """None: only the process that started a machine can time its boot."""
        return None

    @property
    def program(self) -> str:
        """The path of the program that runs."""
        return str(self._facts["program"])

    @property
    def disk_descriptors(self) -> dict[str, list[int]]:
        """The descriptors under which its owner has the disks open, by device."""
        return dict(self._disk_descriptors)

    async def follow(self) -> None:
        """Listen to the owner; return once the state and what was said are known."""
        if exit_of(self._facts):
            self._finish()
            return
        try:
            reader, self._owner.writer = await asyncio.open_unix_connection(
                self.folder.console_socket, limit=LINE_LIMIT
            )
        except OSError:
            self._finish()
            return
        try:
            async with asyncio.timeout(ANSWER_TIME_S):
                while not self._take(await reader.readline()):
                    pass
        except TimeoutError:  # the owner is busy; the guest may still be driven
            self.lifecycle.become(State.RUNNING)
        except (OSError, ValueError):
            self._finish()
            return
        task = asyncio.create_task(self._listen(reader))
        _listening.add(task)
        task.add_done_callback(_listening.discard)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                self._take(line)
        self._finish()

    def _finish(self) -> None:
        """Take note of the end, of which the owner may have told in its record alone."""
        recorded = exit_of({"exit": None} | (self.folder.read() or {}))
        if recorded and not self._console.data:
            with contextlib.suppress(OSError):
                for chunk in deque(self._console.kept(), maxlen=4):  # a megabyte is remembered
                    self._console.feed(chunk)
        ended = self.lifecycle.exit = self.lifecycle.exit or recorded or OWNER_GONE
        if self.spec.core:
            self.core = cores.of_machine(self.name, self.started_at)
        self._owner.close()
        self._console.close(f"has ended ({ended})")
        self.lifecycle.become(State.EXITED)
        self._over.set()

    def _take(self, line: bytes) -> bool:
        """Take a line of the owner's; return whether it was the state, or the last line."""
        message = json.loads(line or b"{}")
        match message:
            case {"state": state}:
                if state != State.EXITED:  # its exit follows, and counts
                    self.lifecycle.become(State(state))
            case {"disks": {"blocks": blocks, "descriptors": descriptors}}:
                self.spec = replace(self.spec, blocks=blocks)
                self._disk_descriptors = descriptors
            case {"exit": ended}:
                self.lifecycle.exit = exit_of({"exit": ended})
            case _:
                if not self._owner.take(message):
                    self._take_words(message)
        return "state" in message or not line

    def _take_words(self, message: object) -> None:
        """Take what the guest said, and what is told beside it."""
        match message:
            case {"restart": _}:
                self._console.restart()
            case {"note": str(text)}:
                self._console.note(text)
            case {"bytes": data}:
                self._console.feed(base64.b64decode(data))
            case {"said": text}:  # an owner of an earlier release
                self._console.feed(text.encode())

    def send(self, number: signal.Signals) -> None:
        """Send the guest's process a signal, unless it has ended."""
        run_folder.send(self._identity, number)

    async def start_capture(self, device: str, path: str) -> None:
        """Have the owner write a device's frames down."""
        await self.ask(requests.START_CAPTURE, device=device, path=path)
        await super().start_capture(device, path)

    async def stop_capture(self, device: str) -> None:
        """Have the owner end that."""
        await self.ask(requests.STOP_CAPTURE, device=device)
        await super().stop_capture(device)

    async def usage(self) -> Usage:
        """Have the owner say it: much of it is counted there alone."""
        return Usage.of(await self.ask(requests.USAGE, time_s=USAGE_TIME_S))

    async def ended(self) -> Exit:
        """Wait until word comes of the end."""
        await self._over.wait()
        return self.lifecycle.exit or OWNER_GONE

    async def note_hold(self, *, held: bool) -> None:
        """Have the owner note it, and tell everybody."""
        await self.ask(requests.NOTE_HOLD, held=held)

    async def change_disk(self, change: DiskChange) -> None:
        """Have the owner do it, whose disks they are."""
        self.driver.check_exchange(self)
        self._require_changeable()
        await self._owner.change_disk(change)
        self._require_changeable()

    def _require_changeable(self) -> None:
        states = (State.RUNNING, State.PAUSED, State.PANICKED)
        self.lifecycle.require("given another disk", *states)

    async def change_snapshots(self, action: str, name: str) -> None:
        """Have the owner save, restore or delete a snapshot."""
        await self.ask(requests.SNAPSHOT, time_s=SNAPSHOT_TIME_S, verb=action, name=name)

    async def sample(self, seconds: float, hertz: float) -> Samples:
        """Have the owner do it, whose process Linux lets look; it leaves what it saw in a file."""
        file = self.folder.path / f"samples-{os.getpid()}.json"
        time_s = seconds + ANSWER_TIME_S
        try:
            wanted = {"seconds": seconds, "hertz": hertz, "file": str(file)}
            await self.ask(requests.SAMPLE, time_s=time_s, **wanted)
            return Samples.read(str(file))
        except asyncio.CancelledError:  # who interrupts a profile may want to debug the guest
            with contextlib.suppress(UnikernelError):
                await self.ask(requests.END_SAMPLE, file=str(file))
            raise
        finally:
            file.unlink(missing_ok=True)

    async def stop(self, timeout_s: float) -> Exit:
        """End the machine: politely, and by force after `timeout_s` seconds. No error if ended."""
        if self.lifecycle.exit:
            return self.lifecycle.exit
        with contextlib.suppress(TimeoutError, HypervisorLost, HypervisorSilent, WrongState):
            async with asyncio.timeout(timeout_s):
                await self.driver.ask_to_end(self)
                return await self.ended()
        with contextlib.suppress(HypervisorSilent, WrongState):  # of these, its end tells more
            await self.driver.end_by_force(self)
        try:
            async with asyncio.timeout(max(ANSWER_TIME_S, self.driver.death_time_s)):
                return await self.ended()
        except TimeoutError:
            raise HypervisorLost(
                f"Process {self.owner_pid}, which owns {self.name!r}, does not tell of its end."
            ) from None
