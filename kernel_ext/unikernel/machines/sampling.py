"""Looking at a running guest many times a second: where it is, and in which calls.

The guest is held for each look, a fraction of a millisecond, and no look is taken of one that
waits. Where looks take longer they are fewer, so that the guest runs for most of the time. The
times between looks differ at random, so that what the guest does in step with a clock is not seen
always or never (Gregg, Systems Performance, section 4.2.3).

    for a while: ── wait ──▶ idle? counted ── else hold ──▶ registers, stack ──▶ let go ─┐
                     ▲                                                                  │
                     └──────────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Self

from unikernel.guest.unwinding import Code, ReadWord, Registers, unwind
from unikernel.host.shielded import shielded
from unikernel.host.threads import in_thread
from unikernel.model.debugging.samples import Samples, Stack
from unikernel_toolchain.binary import elf

MOST_HELD = 0.2  # of the time, about
_END_S = 5.0  # in which a look that was begun ends
_PAGE_BYTES = 512  # of a stack, read at once
_MASK = (1 << 64) - 1


class Gone(Exception):
    """The guest has ended, or somebody else holds it."""


class Sampler(ABC):
    """Holds a guest, looks at it, lets it go. Used by one thread only, as a context."""

    @abstractmethod
    def __enter__(self) -> Self:
        """Attach to the guest."""

    @abstractmethod
    def __exit__(self, *_: object) -> None:
        """Detach from it; it runs on."""

    def idle(self) -> bool:
        """Whether the guest waits for something, as can be seen without holding it."""
        return False

    @abstractmethod
    def hold(self) -> Registers:
        """Hold the guest and return its registers. Raises Gone."""

    @abstractmethod
    def read(self, address: int, size: int) -> bytes:
        """Return bytes of its memory while it is held; fewer, or none, where there are none."""

    @abstractmethod
    def let_go(self) -> None:
        """Let it go on. Raises Gone."""

    def waits(self, code: Code, registers: Registers) -> bool:  # noqa: ARG002
        """Whether the guest that is held waits for something."""
        return False


async def sampled(
    sampler: Callable[[], Sampler], image: Path, seconds: float, hertz: float
) -> Samples:
    """Look at a guest for `seconds`, some `hertz` times each, or fewer where looks take long.

    `image` is its file with symbols. Cancelling this ends it, and the guest runs on. Raises
    ImageInvalid, and what entering the sampler raises.
    """
    stop = threading.Event()
    looking = in_thread(lambda: _look(sampler, image, seconds, hertz, stop), "profile")
    try:
        return await shielded(looking)
    except asyncio.CancelledError:
        stop.set()
        ending = asyncio.ensure_future(asyncio.wait((looking,), timeout=_END_S))
        while not ending.done():  # also when it is cancelled again: who comes next needs the guest
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
        raise


def _look(
    sampler: Callable[[], Sampler],
    image: Path,
    seconds: float,
    hertz: float,
    stop: threading.Event,
) -> Samples:
    code = Code.of(elf.read(image))
    stacks: Counter[Stack] = Counter()
    idle, pace = 0, _Pace(1 / hertz)
    with sampler() as held:
        began = now = time.monotonic()
        try:
            while now - began < seconds and not stop.wait(pace.wait_s(now - began)):
                before = time.monotonic()
                waits = held.idle()
                stack = () if waits else _stack(held, code)
                now = time.monotonic()
                if not waits:
                    pace.held_s += now - before
                if stack:
                    stacks[stack] += 1
                else:
                    idle += 1
        except Gone:
            now = time.monotonic()
    return Samples(stacks, idle, now - began, pace.held_s, pace.put_off)


class _Pace:
    """When the next look is due: later where looks took long, as on a host that is busy.

    Held time is an account: each look is paid for before the next by letting the guest run.
    """

    def __init__(self, period_s: float) -> None:
        self.held_s = 0.0
        self.put_off = 0
        self._period_s = period_s

    def wait_s(self, elapsed_s: float) -> float:
        """Return the seconds until the next look, at random; `elapsed_s` since the first wait."""
        owed_s = self.held_s / MOST_HELD - elapsed_s
        self.put_off += owed_s > self._period_s
        return random.uniform(0.5, 1.5) * max(self._period_s, owed_s)  # noqa: S311


def _stack(sampler: Sampler, code: Code) -> Stack:
    """Return where the guest is; () when it waits."""
    registers = sampler.hold()
    try:
        if sampler.waits(code, registers):
            return ()
        return tuple(unwind(code, registers, _words(sampler))) or (0,)
    finally:
        sampler.let_go()


def _words(sampler: Sampler) -> ReadWord:
    """Return a function for words of memory, which is read in larger pieces."""
    pages: dict[int, bytes] = {}

    def word(address: int) -> int | None:
        found = b""
        number, at = divmod(address & _MASK, _PAGE_BYTES)
        for each in (number, number + 1):
            if each not in pages:
                pages[each] = sampler.read(each * _PAGE_BYTES, _PAGE_BYTES)
            found += pages[each][at : at + 8 - len(found)]
            if len(found) == 8:
                return int.from_bytes(found, "little")
            at = 0
        return None

    return word
