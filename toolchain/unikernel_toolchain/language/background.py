"""What takes longer than a person waits is done in the background, once, and remembered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")
_log = logging.getLogger(__name__)
FRESH_S = 10.0
_KEPT = 64  # values; a notebook lives for weeks


@dataclass
class _Entry(Generic[Value]):
    value: Value | None = None
    made_s: float = -FRESH_S
    done: threading.Event = field(default_factory=threading.Event)
    is_being_made: bool = False


class Background(Generic[Value]):
    """Values by key. Asking for one waits a moment at most; what is old is made anew meanwhile.

    `make(key)` runs in a thread of its own, one a key; a value that cannot be made is None until it
    is asked for again, FRESH_S later.
    """

    def __init__(self, make: Callable[[str], Value]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry[Value]] = {}

    def get(self, key: str, wait_s: float) -> Value | None:
        """Return the value of a key, None if it is not there within so many seconds."""
        with self._lock:
            if key not in self._entries and len(self._entries) >= _KEPT:
                self._entries.clear()
            entry = self._entries.setdefault(key, _Entry())
            is_old = time.monotonic() - entry.made_s > FRESH_S
            if is_old and not entry.is_being_made:
                entry.is_being_made = True
                work = threading.Thread(
                    target=self._renew, args=(key, entry), name="language", daemon=True
                )
                work.start()
        if entry.value is None:
            entry.done.wait(wait_s)
        return entry.value

    def is_awaited(self, key: str) -> bool:
        """Say whether the first value of a key is being made."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and entry.value is None and entry.is_being_made

    def _renew(self, key: str, entry: _Entry[Value]) -> None:
        value = None
        try:
            value = self._make(key)
        except Exception as problem:  # noqa: BLE001 (nobody is there to hear of it)
            _log.debug("%s could not be made: %s", key, problem)  # told where a program is built
        finally:
            with self._lock:
                entry.value, entry.made_s = value, time.monotonic()
                entry.is_being_made = False
                entry.done.set()
