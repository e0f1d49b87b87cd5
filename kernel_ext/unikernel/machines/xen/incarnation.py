"""Incarnation: one domain of Xen's, from `xl create` until it is destroyed.

A machine has one after the other: a reset destroys the domain and makes another. What becomes of it
is told by xenstore. "@releaseDomain" stands for any domain's end, and under `data/unikernel-trace`
the guest writes what others write to a debug port, in base 16.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from unikernel.errors import BootFailed, Dom0Refused, HypervisorLost
from unikernel.machines.xen.dom0 import Console, Dom0, Running

from .exits import Reason
from .xl import toolstack
from .xl.config import DomainConfig
from .xl.log import XlLog

QUIET_S = 0.1  # without a word, after which a guest that has ended has been heard to its end
_HEAR_TIME_S = 3.0  # that one has for its last words at most
_AGAIN_S = 1.0  # before what may take its time: a first look, a watch that ended
_ANY_END = "@releaseDomain"


@dataclass(frozen=True)
class Ears:
    """Who hears of a domain, on the event loop: its console, its trace, the parts of its boot.

    `trace` returns whether the guest has said that it ended.
    """

    console: Callable[[bytes], None]
    trace: Callable[[bytes], bool]
    end_step: Callable[[str], None]


class Incarnation:
    """A domain that was made; `over` is done when it has ended.

    It has when Xen says so, with a `reason` or because it `is_gone`, or the guest itself does.
    """

    def __init__(self, dom0: Dom0, number: int, ears: Ears) -> None:
        self.number = number
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reason: int | None = None
        self.is_gone = False
        self._dom0 = dom0
        self._ears = ears
        self._trace_path = f"/local/domain/{number}/data/unikernel-trace"
        self._traced = b""
        self._told = b""  # of the watch, what is no whole line yet
        self._untold = {_ANY_END}  # what xenstore tells of once to begin with
        self._news: set[str] = set()
        self._has_news = asyncio.Event()
        self._heard_at = 0.0
        self._console: Console | None = None
        self._watch: Running | None = None
        self._following: asyncio.Task[None] | None = None

    @classmethod
    async def make(cls, dom0: Dom0, config: DomainConfig, ears: Ears, *, held: bool) -> Incarnation:
        """Have xl make it, attach to its console, and watch it. Raises BootFailed.

        It runs meanwhile, unless it is to be `held` before its first instruction: what it says and
        traces is kept for whoever comes later. Whoever cancels this destroys what there may be.
        """
        number = await toolstack.create(dom0, config, XlLog(ears.end_step), held=held)
        ears.end_step("back ends")
        made = cls(dom0, number, ears)
        try:
            made._console, is_it, _ = await asyncio.gather(
                dom0.console(number, made._hear),
                toolstack.is_named(dom0, number, config.name),
                made._set_watch(),
            )
            if not is_it:
                raise BootFailed(f"Domain {number} is not {config.name!r}, which xl has made.")
        except BaseException:
            await made.leave()
            raise
        made._following = asyncio.create_task(made._follow())
        return made

    async def _set_watch(self) -> None:
        argv = ["xenstore-watch", _ANY_END, self._trace_path]
        self._watch = await self._dom0.start(argv, self._take_events)
        self._watch.ended.add_done_callback(self._note_watch_ended)

    def _note_watch_ended(self, _: object) -> None:
        self._watch = None
        self._has_news.set()

    def _take_events(self, data: bytes) -> None:
        *lines, self._told = (self._told + data).split(b"\n")
        for path in (line.decode("utf-8", "replace").strip() for line in lines):
            if path in self._untold:  # of a domain that has just begun it can wait
                self._untold.discard(path)
                asyncio.get_running_loop().call_later(_AGAIN_S, self._note, path)
            else:
                self._note(path)

    def _note(self, path: str) -> None:
        self._news.add(path)
        self._has_news.set()

    async def _follow(self) -> None:
        """Look when there is news, until the domain has ended or dom0 is gone."""
        with contextlib.suppress(HypervisorLost):
            while not self.over.done():
                await self._has_news.wait()
                self._has_news.clear()
                news, self._news = self._news, set()
                with contextlib.suppress(Dom0Refused):  # too slow, or killed; there is a next time
                    await self._look(news)

    async def _look(self, news: set[str]) -> None:
        if self._watch is None:
            await asyncio.sleep(_AGAIN_S)
            await self._set_watch()
            news = {_ANY_END, self._trace_path}
        if self._trace_path in news:
            await self.read_trace()
        if _ANY_END in news and not self.over.done():
            status = await toolstack.status(self._dom0, self.number)
            self.is_gone = status is None
            # A guest that is being saved goes on, or its domain is destroyed.
            reason = status.reason if status else None
            self.reason = None if reason == Reason.SUSPEND else reason
            if self.is_gone or self.reason is not None:
                self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    async def read_trace(self) -> None:
        """Pass on what the guest has traced since the last time."""
        text = await toolstack.read(self._dom0, self._trace_path)
        with contextlib.suppress(ValueError):  # what a guest writes may be anything
            data = bytes.fromhex(text.decode("ascii", "replace"))
            new = data.removeprefix(self._traced) if data.startswith(self._traced) else data
            self._traced = data
            if new and self._ears.trace(new):
                self._end()

    def _hear(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._ears.console(data)

    async def hear_out(self) -> None:
        """Wait until the console of a domain that has ended has nothing more to say."""
        began = self._heard_at = time.monotonic()
        while (now := time.monotonic()) < min(self._heard_at + QUIET_S, began + _HEAR_TIME_S):
            if self._console is None or self._console.ended.done():
                return
            await asyncio.sleep(self._heard_at + QUIET_S - now)

    async def type(self, data: bytes) -> None:
        """Type at its console. OSError when nobody is there."""
        if self._console is None:
            raise BrokenPipeError
        await self._console.send(data)

    def hold(self, *, held: bool) -> None:
        """Leave what it says in dom0, so that it must wait; or go on reading."""
        if self._console:
            self._console.hold(held=held)

    async def destroy(self) -> None:
        """Have Xen end it; no error if that was done. Raises Dom0Refused and HypervisorLost."""
        await toolstack.destroy(self._dom0, self.number)

    async def leave(self) -> None:
        """Let go of console and watch; nobody will hear of its end any more."""
        self._end()
        if self._following:
            self._following.cancel()
        if self._watch:
            self._watch.kill()
        if self._console:
            with contextlib.suppress(HypervisorLost, Dom0Refused):
                await self._console.close()
