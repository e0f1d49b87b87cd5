"""The connection with dom0's agent: channels over one socket, each a program in dom0.

    opened ── greet ──▶ greeted ── start ──▶ channels ... ── the socket ends, or nonsense ──▶ lost

What a channel receives is credited once its receiver has it, unless it is held; what it sends waits
for the agent's credit. So neither side keeps more than a window of a channel. Everything is for the
event loop only.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence

from unikernel.errors import Dom0Refused, HypervisorLost, HypervisorSilent
from unikernel.host.shielded import retrieve

from .wire import (
    GREETING,
    MOST_CHANNELS,
    MOST_PAYLOAD,
    NUMBER,
    SEED_BYTES,
    STATUS,
    TOKEN_BYTES,
    WINDOW,
    Frame,
    Kind,
    Parser,
    WireError,
    frame,
)

_LOST = "Dom0 is gone, and all its domains with it"
_START_TIME_S = 30.0
_END_TIME_S = 10.0
ANSWER_TIME_S = 60.0

Receive = Callable[[Kind, bytes, int], None]


class Channel:
    """A program in dom0. `ended` becomes its exit status, or HypervisorLost."""

    def __init__(self, agent: AgentClient, number: int, receive: Receive) -> None:
        self.number = number
        self.began_ns = self.ended_ns = 0
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        self.ended.add_done_callback(retrieve)
        self._started: asyncio.Future[int] = self._loop.create_future()
        self._agent = agent
        self._receive = receive
        self._credit = WINDOW
        self._more_credit = asyncio.Event()
        self._held = False
        self._owed = 0  # bytes that a held channel has received, not yet credited

    async def started(self) -> int:
        """Return errno when it was not started, else 0."""
        return await self._started

    async def send(self, data: bytes) -> None:
        """Send to its stdin; waits while it takes none. BrokenPipeError once it has ended."""
        for begin in range(0, len(data), MOST_PAYLOAD):
            part = data[begin : begin + MOST_PAYLOAD]
            while self._credit < len(part) and not self.ended.done():
                self._more_credit.clear()
                await self._more_credit.wait()
            if self.ended.done():
                raise BrokenPipeError("The program has ended.")
            self._credit -= len(part)
            await self._agent.send(frame(Kind.INPUT, self.number, part))

    async def end_input(self) -> None:
        """Close its stdin once it has what was sent."""
        if not self.ended.done():
            await self._agent.send(frame(Kind.END, self.number))

    def signal(self, number: int) -> None:
        """Send a signal to it and what it started; nothing happens when it has ended."""
        if not self.ended.done():
            self._agent.post(frame(Kind.SIGNAL, self.number, NUMBER.pack(number)))

    def hold(self, *, held: bool) -> None:
        """Let it wait when it has said a window; or take more again."""
        self._held = held
        if not held:
            self._give_credit()

    async def give_up(self) -> None:
        """Kill it, forget what it says, and return when it has ended; no error if it has."""
        self._receive = lambda *_: None
        self.hold(held=False)  # it ends when what it said is taken
        self.signal(signal.SIGKILL)
        await asyncio.wait((self.ended,), timeout=_END_TIME_S)

    def _give_credit(self) -> None:
        if self._owed and not self.ended.done():
            self._agent.post(frame(Kind.CREDIT, self.number, NUMBER.pack(self._owed)))
        self._owed = 0

    def take(self, got: Frame) -> None:
        """Take a frame of this channel."""
        match got.kind:
            case Kind.STARTED:
                self.began_ns = got.clock_ns
                self._tell_started(0)
            case Kind.FAILED:
                self._tell_started(*NUMBER.unpack(got.payload))
            case Kind.OUTPUT | Kind.ERRORS:
                self._owed += len(got.payload)
                # Called soon, in order: what a receiver raises is the loop's to tell, not our end.
                self._loop.call_soon(self._receive, got.kind, got.payload, got.clock_ns)
                if not self._held:
                    self._give_credit()
            case Kind.CREDIT:
                self._credit += NUMBER.unpack(got.payload)[0]
                self._more_credit.set()
            case Kind.EXIT:
                self.ended_ns = got.clock_ns
                # Behind what its receiver is still to be called with: who sees the end has it all.
                self._loop.call_soon(self.finish, STATUS.unpack(got.payload)[0])

    def _tell_started(self, problem: int) -> None:
        if not self._started.done():
            self._started.set_result(problem)

    def finish(self, outcome: int | HypervisorLost) -> None:
        """Take note of the end."""
        for future in (self._started, self.ended):
            if not future.done() and isinstance(outcome, int):
                future.set_result(outcome)
            elif not future.done() and not isinstance(outcome, int):
                future.set_exception(outcome)
                retrieve(future)
        self._more_credit.set()


class AgentClient:
    """Our end of the socket that QEMU joins with the agent's port."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._socket.setblocking(False)
        self._parser = Parser()
        self._channels: dict[int, Channel] = {}
        self._numbers = itertools.count(1)
        self._free = asyncio.Semaphore(MOST_CHANNELS)
        self._welcome: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._lost = ""
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()  # why

    async def greet(self) -> None:
        """Set dom0's clock and give it a seed; the first time, begin.

        Raises HypervisorLost when dom0 is gone, HypervisorSilent when it does not answer.
        """
        if not self._writer:
            self._reader, self._writer = await asyncio.open_connection(sock=self._socket)
            self._reading = asyncio.create_task(self._read())
        self._welcome = asyncio.get_running_loop().create_future()
        token, seed = os.urandom(TOKEN_BYTES), os.urandom(SEED_BYTES)
        await self.send(frame(Kind.HELLO, 0, GREETING.pack(token, time.time_ns(), seed)))
        try:
            async with asyncio.timeout(ANSWER_TIME_S):
                answer = await self._welcome
        except TimeoutError:
            raise HypervisorSilent(f"Dom0 does not answer within {ANSWER_TIME_S:g} s.") from None
        if answer != token:
            raise HypervisorLost("Dom0's agent answered somebody else.")

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(1 << 16):
                for got in self._parser.feed(data):
                    self._take(got)
            self._lose(_LOST)
        except WireError as problem:
            self._lose(f"Dom0's agent said what makes no sense: {problem}")
        except OSError as problem:
            self._lose(f"{_LOST}: {problem}")

    def _take(self, got: Frame) -> None:
        channel = self._channels.get(got.channel)
        if got.kind is Kind.WELCOME and not self._welcome.done():
            self._welcome.set_result(got.payload)
        elif channel:
            channel.take(got)
            if got.kind in {Kind.EXIT, Kind.FAILED}:
                del self._channels[got.channel]
                self._free.release()

    def _lose(self, why: str) -> None:
        self._lost = why
        if not self.lost.done():
            self.lost.set_result(why)
        if not self._welcome.done():
            self._welcome.set_exception(HypervisorLost(f"{why}."))
            retrieve(self._welcome)
        for channel in self._channels.values():
            channel.finish(HypervisorLost(f"{why}."))
        self._channels.clear()

    def post(self, data: bytes) -> None:
        """Send a small frame without waiting; nothing happens when dom0 is gone."""
        if self._writer and not self._lost:
            self._writer.write(data)

    async def send(self, data: bytes) -> None:
        """Send a frame. Raises HypervisorLost when dom0 is gone."""
        if self._lost or not self._writer:
            raise HypervisorLost(f"{self._lost or _LOST}.")
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as problem:
            raise HypervisorLost(f"{_LOST}.") from problem

    async def start(self, argv: Sequence[str], receive: Receive) -> Channel:
        """Start a program. Raises Dom0Refused when there is none, HypervisorLost."""
        words = b"".join(word.encode(errors="surrogateescape") + b"\0" for word in argv)
        if len(words) > MOST_PAYLOAD:
            raise Dom0Refused(f"The words for {argv[0]} in dom0 are too long.")
        await self._free.acquire()
        channel = Channel(self, next(self._numbers), receive)
        self._channels[channel.number] = channel
        try:
            await self.send(frame(Kind.START, channel.number, words))
            async with asyncio.timeout(_START_TIME_S):
                problem = await channel.started()
        except TimeoutError:
            channel.signal(signal.SIGKILL)
            raise Dom0Refused(f"Dom0 did not start {argv[0]} in {_START_TIME_S:g} s.") from None
        except BaseException:
            channel.signal(signal.SIGKILL)
            raise
        if problem:
            raise Dom0Refused(f"Dom0 did not start {argv[0]}: {os.strerror(problem)}.")
        return channel

    async def close(self) -> None:
        """End the connection; no error if that was done."""
        if self._reading:
            self._reading.cancel()
        self._lose(_LOST)
        if self._writer:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        self._socket.close()
