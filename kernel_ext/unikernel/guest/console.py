"""Console: what a machine writes and what is typed to it.

Bytes come in on the event loop's thread (`feed`) and go three ways: into the transcript, a bounded
tail that any thread may read; to byte listeners, as they are; to text listeners, decoded. Waiting
(`expect`) is on the loop as well: every change sets one event, and each waiter looks again at the
transcript from its own position, so that nothing is lost between two looks.

    open ── feed … feed ── close(why): what is awaited fails at once ──▶ closed
      ▲                │
      └── restart ─────┘ (a reset: `expect` starts behind what was before)
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import AnyStr

from unikernel.errors import ConsoleTimeout, UsageError
from unikernel.host import event_loop
from unikernel.host.sync_async import sync_and_async
from unikernel.model.calls.saving import saved

from .terminal import render
from .transcript import Transcript

Listener = Callable[[str], None]
ByteListener = Callable[[bytes], None]

TAIL_LINES = 20
LAST_CHARACTERS = 4000
SHORT = 1 << 16
_log = logging.getLogger(__name__)


class Console(ABC):
    """A machine's console, both ways.

    Text and data are what the guest has written since it started (the last megabyte of it); they
    stay after the machine has ended, in short once several others have ended. Every waiting method
    has an asynchronous twin ending in `_async`.
    """

    def __init__(self, machine_name: str) -> None:
        self._machine_name = machine_name
        self._transcript = Transcript()
        self._listeners: list[Listener] = []
        self._byte_listeners: list[ByteListener] = []
        self._note_listeners: list[Listener] = []
        self._changed_event = asyncio.Event()  # for those who wait on the event loop
        self._expected = 0  # where the next `expect` begins
        self._closed = ""  # why nothing more will come
        self.first_line_ns: int | None = None  # when the first line was complete (perf_counter)

    @property
    def text(self) -> str:
        """What the console showed; the last megabyte of it. Bad UTF-8 is U+FFFD."""
        return self._transcript.since(0)

    def shorten(self) -> None:
        """Keep only the last 64 KiB: of a machine that has ended and that nobody asks about."""
        self._transcript.shorten(SHORT)

    @property
    def data(self) -> bytes:
        """The bytes that the console showed; the last megabyte of them."""
        return self._transcript.data.since(0)

    @property
    def size(self) -> int:
        """How many bytes were written since the start, also those that are forgotten."""
        return self._transcript.data.end

    def kept(self) -> Iterator[bytes]:
        """Yield what is kept of what the console showed, in chunks."""
        yield self.data

    def save(self, path: str | Path) -> int:
        """Write what is kept of what the console showed to a file; return how many bytes.

        Of a machine that this process runs that is all, up to a tenth of the space that was free
        and a gigabyte; of that the last seven eighths at least. Raises
        UsageError when the file cannot be written.
        """
        with saved(path) as draft, draft.open("wb") as file:
            return sum(file.write(chunk) for chunk in self.kept())

    def data_since(self, position: int) -> tuple[bytes, int]:
        """Return what was written from the byte at `position` on, and the position after it.

        Of what lies more than a megabyte back nothing is left. Called on the loop's thread.
        """
        data = self._transcript.data
        return data.since(position), data.end

    def text_since(self, position: int) -> tuple[str, int]:
        """Return the text from the character at `position` on, and the position after it.

        Of what lies more than a megabyte back nothing is left. Called on the loop's thread.
        """
        return self._transcript.since(position), self._transcript.end

    def recent(self, count: int) -> str:
        """Return the last `count` characters."""
        return self._transcript.since(self._transcript.end - count)

    @property
    def line_count(self) -> int:
        """How many lines were written since the start, also those that are forgotten."""
        return self._transcript.lines

    def lines(self) -> list[str]:
        """Return the text as lines without line ends."""
        return self.text.splitlines()

    def tail(self, count: int = TAIL_LINES) -> str:
        """Return the last `count` lines."""
        return "\n".join(self.lines()[-count:])

    def last_lines(self) -> str:
        """Return the last lines as a terminal would show them: as many as an error has room for."""
        return "\n".join(render(self.recent(LAST_CHARACTERS)).splitlines()[-TAIL_LINES:])

    def subscribe(self, listener: Listener, *, replay: bool = False) -> None:
        """Call `listener(text)` for every piece the console shows, on the loop's thread.

        `replay` calls it at once with what was written before. A listener must return quickly.
        """
        if event_loop.inside():
            self._subscribe(listener, replay=replay)
        else:
            event_loop.call(self._subscribe_later(listener, replay=replay))

    def subscribe_bytes(self, listener: ByteListener) -> None:
        """Call `listener(data)` for the bytes themselves, from now on, on the loop's thread.

        Called there. A listener must return quickly; one that falls behind can `hold` the guest.
        """
        self._byte_listeners.append(listener)

    def unsubscribe_bytes(self, listener: ByteListener) -> None:
        """Stop calling `listener`. Called on the loop's thread."""
        self._byte_listeners.remove(listener)

    def subscribe_notes(self, listener: Listener) -> None:
        """Call `listener(text)` for what is noted beside the guest's words, on the loop's thread.

        Called there or before anything is noted.
        """
        self._note_listeners.append(listener)

    def unsubscribe_notes(self, listener: Listener) -> None:
        """Stop calling `listener`; one that was never subscribed is ignored."""
        if listener in self._note_listeners:
            self._note_listeners.remove(listener)

    def note(self, text: str) -> None:
        """Tell those who watch what happened to the guest; no word of it is the guest's or kept."""
        for listener in tuple(self._note_listeners):
            _notify(listener, text)

    def hold(self, *, held: bool) -> bool:  # noqa: ARG002 (for those that can)
        """Have the guest wait before it writes more, or go on; return whether that is possible.

        Other processes' guests are not held: of what they write the last megabyte counts. Called on
        the loop's thread.
        """
        return False

    async def _subscribe_later(self, listener: Listener, *, replay: bool) -> None:
        self._subscribe(listener, replay=replay)

    def _subscribe(self, listener: Listener, *, replay: bool) -> None:
        if replay and self.text:
            _notify(listener, self.text)
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Stop calling `listener`; one that was never subscribed is ignored."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    async def _write(self, text: str | bytes, *, timeout_s: float | None = 5.0) -> None:
        """Type `text` at the console.

        Raises ConsoleTimeout when the guest does not take it within `timeout_s` seconds (None:
        however long), and WrongState when the machine has ended.
        """
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        try:
            async with asyncio.timeout(timeout_s):
                await self.send(data)
        except TimeoutError:
            raise ConsoleTimeout(
                f"{self._machine_name!r} did not take the input within {timeout_s:g} s.",
                hint="The guest may not be reading its console.",
            ) from None

    write, write_async = sync_and_async(_write)

    async def _expect(
        self, pattern: str | re.Pattern[str], *, timeout_s: float = 10.0
    ) -> re.Match[str]:
        """Wait until the console has shown `pattern` (a regular expression); return the match.

        Each call looks at what came after the previous match, so that a dialogue can be followed.
        Raises ConsoleTimeout with the last lines, at once when the machine has ended, and
        UsageError for what is no regular expression.
        """
        try:
            pattern = re.compile(pattern)
        except re.error as problem:
            raise UsageError(
                f"{pattern!r} is no regular expression: {problem}.",
                hint="( ) [ ] * + ? . ^ $ | stand for themselves behind a backslash.",
            ) from None
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            text = self._transcript.since(self._expected)
            match = pattern.search(text)
            if match:
                self._expected = self._transcript.end - len(text) + match.end()
                return match
            if self._closed:
                raise self._timeout_error(pattern, f"and will not: it {self._closed}")
            if not await self._changed(deadline):
                raise self._timeout_error(pattern, f"within {timeout_s:g} s")

    expect, expect_async = sync_and_async(_expect)

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Hand `data` to the guest, on the event loop. Raises WrongState when it is gone."""

    async def _changed(self, deadline: float) -> bool:
        """Wait for the next change; False when the loop's clock reaches `deadline` first."""
        self._changed_event.clear()
        try:
            async with asyncio.timeout_at(deadline):
                await self._changed_event.wait()
        except TimeoutError:
            return False
        return True

    def _timeout_error(self, pattern: re.Pattern[str], when: str) -> ConsoleTimeout:
        hint = ""
        if pattern.search(self.text):
            hint = "It was said before; expect looks at what comes after the previous match."
        return ConsoleTimeout(
            f"{self._machine_name!r} did not say {pattern.pattern!r} {when}.",
            detail=self.last_lines() or "(it has said nothing)",
            hint=hint,
        )

    def feed(self, data: bytes) -> None:
        """Take bytes from the guest. Called on the loop's thread, as soon as they arrive."""
        if self.first_line_ns is None and b"\n" in data:
            self.first_line_ns = time.perf_counter_ns()
        self._publish(self._transcript.add(data))
        for listener in tuple(self._byte_listeners):
            _notify(listener, data)

    def close(self, why: str) -> None:
        """Say that nothing more will come; `why` completes "it …". Called on the event loop."""
        self._publish(self._transcript.add(b"", final=True))
        self._closed = why
        self._changed_event.set()

    def restart(self) -> None:
        """Begin anew after a reset: `expect` and `first_line_ns` forget what was before."""
        self._expected = self._transcript.end
        self.first_line_ns = None

    def _publish(self, text: str) -> None:
        self._changed_event.set()
        if text:
            for listener in tuple(self._listeners):
                _notify(listener, text)


def _notify(listener: Callable[[AnyStr], None], output: AnyStr) -> None:
    try:
        listener(output)
    except Exception:  # noqa: BLE001 (a stranger's callback must not end the event loop)
        _log.exception("a console listener failed")
