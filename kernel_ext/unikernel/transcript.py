"""Transcript: the last megabyte of what a console said."""

from __future__ import annotations

import codecs
import threading
from collections import deque

LIMIT = 1 << 20


class Transcript:
    """Text that grows at the end and is forgotten from the beginning.

    Positions count characters from the first one ever said, so they stay valid when the beginning
    is forgotten. Written by one thread, read by any.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: deque[str] = deque()
        self._start = 0
        self._end = 0
        self._lock = threading.Lock()

    @property
    def end(self) -> int:
        """The position after the last character."""
        return self._end

    def add(self, data: bytes, *, final: bool = False) -> str:
        """Take the next bytes; return the text they complete. Bad UTF-8 becomes U+FFFD."""
        text = self._decoder.decode(data, final)
        with self._lock:
            if text:
                self._pieces.append(text)
                self._end += len(text)
            while self._end - self._start > self._limit:
                self._forget(self._end - self._start - self._limit)
        return text

    def _forget(self, excess: int) -> None:
        first = self._pieces.popleft()
        kept = first[excess:]
        if kept:
            self._pieces.appendleft(kept)
        self._start += len(first) - len(kept)

    def since(self, position: int) -> str:
        """Return what was said from `position` on, as far as it is remembered."""
        with self._lock:
            if len(self._pieces) > 1:
                self._pieces = deque(["".join(self._pieces)])
            text = self._pieces[0] if self._pieces else ""
            return text[max(0, position - self._start) :]
