"""Transcript: the last megabyte of what a console showed, as bytes and as text."""

from __future__ import annotations

import codecs
import threading
from collections import deque
from typing import AnyStr, Generic

LIMIT = 1 << 20


class Tail(Generic[AnyStr]):
    """A string that grows at the end and is forgotten from the beginning.

    Positions count from the first character or byte ever written, so they stay valid when the
    beginning is forgotten. Written by one thread, read by any.
    """

    def __init__(self, empty: AnyStr, limit: int) -> None:
        self._empty: AnyStr = empty
        self._limit = limit
        self._pieces: deque[AnyStr] = deque()
        self._start = 0
        self._end = 0
        self._lock = threading.Lock()

    @property
    def end(self) -> int:
        """The position after the last character."""
        return self._end

    def add(self, piece: AnyStr) -> None:
        """Take the next piece."""
        if not piece:
            return
        with self._lock:
            self._pieces.append(piece)
            self._end += len(piece)
            while self._end - self._start > self._limit:
                self._forget(self._end - self._start - self._limit)

    def _forget(self, excess: int) -> None:
        first = self._pieces.popleft()
        kept = first[excess:]
        if kept:
            self._pieces.appendleft(kept)
        self._start += len(first) - len(kept)

    def shorten(self, limit: int) -> None:
        """Keep no more than `limit` from now on."""
        with self._lock:
            self._limit = limit
            while self._end - self._start > limit:
                self._forget(self._end - self._start - limit)

    def since(self, position: int) -> AnyStr:
        """Return what was written from `position` on, as far as it is remembered."""
        with self._lock:
            # Joined once and kept: who looks often pays for what is new, not for the megabyte.
            if len(self._pieces) > 1:
                self._pieces = deque([self._empty.join(self._pieces)])
            whole = self._pieces[0] if self._pieces else self._empty
            return whole[max(0, position - self._start) :]


class Transcript:
    """What a console showed: the bytes themselves, and the text they are in UTF-8."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = Tail("", limit)
        self.data = Tail(b"", limit)
        self.lines = 0  # line ends ever written

    @property
    def end(self) -> int:
        """The position after the last character."""
        return self._text.end

    def shorten(self, limit: int) -> None:
        """Keep no more than `limit` bytes and characters from now on."""
        self.data.shorten(limit)
        self._text.shorten(limit)

    def since(self, position: int) -> str:
        """Return the text from `position` on, as far as it is remembered."""
        return self._text.since(position)

    def add(self, data: bytes, *, final: bool = False) -> str:
        """Take the next bytes; return the text they complete. Bad UTF-8 becomes U+FFFD."""
        text = self._decoder.decode(data, final)
        self.data.add(data)
        self._text.add(text)
        self.lines += text.count("\n")
        return text
