"""The lab's dom0, through its agent."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from unikernel.errors import Dom0Refused, HypervisorLost
from unikernel.machines.xen.dom0 import (
    MOST_FILE_BYTES,
    MOST_OUTPUT_BYTES,
    RUN_TIME_S,
    Console,
    Dom0,
    Done,
    Receive,
    Running,
)

from .agent_client import AgentClient, Channel
from .wire import Kind

_ATTACHED = b"attached\n"  # what the agent says when a console is; console.c
_CONSOLE_TIME_S = 20.0
_FILE_TIME_S = 60.0

InUse = Callable[[], AbstractAsyncContextManager[None]]


class LabDom0(Dom0):
    """Dom0 of a lab, which is kept running while something is done in it."""

    def __init__(self, agent: AgentClient, in_use: InUse) -> None:
        self._agent = agent
        self._in_use = in_use

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = RUN_TIME_S
    ) -> Done:
        """Run a program to its end: see Dom0."""
        return await self._run(argv, stdin, timeout_s, MOST_OUTPUT_BYTES)

    async def _run(self, argv: Sequence[str], stdin: bytes, timeout_s: float, most: int) -> Done:
        gathered = _Gathered(most)
        async with self._in_use():
            channel = await self._agent.start(argv, gathered.take)
            try:
                async with asyncio.timeout(timeout_s):
                    with contextlib.suppress(BrokenPipeError):  # it takes no more, and goes on
                        await channel.send(stdin)
                        await channel.end_input()
                    await asyncio.wait(
                        (channel.ended, gathered.full), return_when=asyncio.FIRST_COMPLETED
                    )
            except TimeoutError:
                raise Dom0Refused(
                    f"{argv[0]} did not end in dom0 within {timeout_s:g} s, and was killed.",
                    detail=gathered.text,
                ) from None
            finally:
                channel.signal(signal.SIGKILL)
        if not channel.ended.done():
            raise Dom0Refused(f"{argv[0]} said more than {most:,} bytes in dom0, and was killed.")
        return gathered.done(channel)

    async def start(self, argv: Sequence[str], receive: Receive) -> Running:
        """Start a program: see Dom0."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._in_use())
            channel = await self._agent.start(argv, lambda _kind, data, _ns: receive(data))
            await channel.end_input()
            _keep_until_ended(stack.pop_all(), channel)
            return _LabRunning(channel)

    async def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file: see Dom0."""
        words = ("agent", "put", path, f"{mode:o}")
        done = await self._run(words, data, _FILE_TIME_S, MOST_OUTPUT_BYTES)
        if done.status:
            raise Dom0Refused(f"{path} was not written in dom0.", detail=_text(done.errors))

    async def get(self, path: str) -> bytes:
        """Return a file's contents: see Dom0."""
        done = await self._run(("agent", "get", path), b"", _FILE_TIME_S, MOST_FILE_BYTES)
        if done.status:
            raise Dom0Refused(f"{path} was not read in dom0.", detail=_text(done.errors))
        return done.output

    async def console(self, domain_id: int, receive: Receive) -> Console:
        """Attach to the console of a domain: see Dom0."""
        console = LabConsole(receive)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._in_use())
            await console.attach(self._agent, domain_id)
            _keep_until_ended(stack.pop_all(), console.channel)
        return console


def _keep_until_ended(stack: AsyncExitStack, channel: Channel) -> None:
    """Leave a stack when a channel ends."""

    async def leave() -> None:
        async with stack:
            await asyncio.wait((channel.ended,))

    task = asyncio.create_task(leave())
    channel.ended.add_done_callback(lambda _: task)  # somebody holds it until then


def _text(data: bytes) -> str:
    return data.decode(errors="replace").strip()


class _Gathered:
    """What a program says, as far as `most` bytes; `full` is done when it says more."""

    def __init__(self, most: int) -> None:
        self.full: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._most = most
        self._said = {Kind.OUTPUT: bytearray(), Kind.ERRORS: bytearray()}

    def take(self, kind: Kind, data: bytes, _clock_ns: int) -> None:
        """Take the next bytes."""
        if sum(map(len, self._said.values())) + len(data) <= self._most:
            self._said[kind] += data
        elif not self.full.done():
            self.full.set_result(None)

    @property
    def text(self) -> str:
        """What was said on stderr, else on stdout."""
        return _text(bytes(self._said[Kind.ERRORS] or self._said[Kind.OUTPUT]))

    def done(self, channel: Channel) -> Done:
        """Return how the program ended. Raises HypervisorLost when dom0 ended instead."""
        output, errors = (bytes(self._said[kind]) for kind in (Kind.OUTPUT, Kind.ERRORS))
        return Done(channel.ended.result(), output, errors, channel.began_ns, channel.ended_ns)


class _LabRunning(Running):
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.ended = channel.ended

    def kill(self) -> None:
        self._channel.signal(signal.SIGKILL)


class LabConsole(Console):
    """A console that the agent has joined with a channel."""

    channel: Channel

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._attached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._problem = b""
        self.ended = asyncio.get_running_loop().create_future()

    async def attach(self, agent: AgentClient, domain_id: int) -> None:
        """Join. Raises Dom0Refused when the domain has no console in time."""
        self.channel = await agent.start(("agent", "console", str(domain_id)), self._take)
        try:
            waited = (self._attached, self.channel.ended)
            await asyncio.wait(waited, timeout=_CONSOLE_TIME_S, return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            await self.channel.give_up()
            raise
        if not self._attached.done():
            await self.channel.give_up()
            raise Dom0Refused(
                f"Domain {domain_id} has no console to attach to.", detail=_text(self._problem)
            )
        self.channel.ended.add_done_callback(self._end)

    def _end(self, _: object) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _take(self, kind: Kind, data: bytes, clock_ns: int) -> None:
        if kind is Kind.OUTPUT:
            self.heard_ns = clock_ns
            self._receive(data)
        elif data == _ATTACHED and not self._attached.done():
            self._attached.set_result(None)
        else:
            self._problem = data

    async def send(self, data: bytes) -> None:
        """Type `data`: see Console."""
        try:
            await self.channel.send(data)
        except HypervisorLost as problem:
            raise BrokenPipeError(str(problem)) from problem

    def hold(self, *, held: bool) -> None:
        """Leave what the domain says in dom0: see Console."""
        self.channel.hold(held=held)

    async def close(self) -> None:
        """Detach: see Console."""
        await self.channel.give_up()
