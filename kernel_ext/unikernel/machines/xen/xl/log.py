"""What xl says while it makes a domain (`xl -v create`): how far it is, and what went wrong.

The lines are libxl's and libxc's log, whose wording is theirs to change; so nothing depends on it
but the names of a boot's phases, and the words in which a failure is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from unikernel_toolchain.messages.visible import visible

KEPT_BYTES = 1 << 16  # of the end of what it said
LONGEST = 300  # characters of one complaint
_BUILDER_BEGINS = b"domainbuilder: detail: xc_dom_allocate"
_NUMBER = re.compile(rb"xc_dom_set_gnttab_entry: d(\d+) gnt\[\d+\] -> d0\b")
_BUILDER_ENDS = b"domainbuilder: detail: xc_dom_release"
_COMPLAINT = re.compile(r"\b(?:error|ERROR|panic): ?(.*)")
_LOGGED = re.compile(
    r"\b(?:debug|detail|info|notice|progress): |^Parsing config from |^got a tsc mode "
)
_PLACE = re.compile(r"^(?:panic: )?[\w./-]+\.c:\d+: ?\w+: (?:Domain \d+:)?\s*")
_OF_MEMORY = re.compile(
    r"failed to free memory|not enough (?:free )?memory|[Oo]ut of memory|can't allocate"
    r"|Cannot allocate memory|ENOMEM"
)


class XlLog:
    """The log of one xl, taken in as it comes."""

    def __init__(self, end_step: Callable[[str], None]) -> None:
        """`end_step(name)` is called when a part of the boot has ended."""
        self._end_step = end_step
        self._bytes = b""
        self._awaited = [(_BUILDER_BEGINS, "toolstack"), (_BUILDER_ENDS, "domain builder")]

    def feed(self, data: bytes) -> None:
        """Take what it says."""
        self._bytes = (self._bytes + data)[-KEPT_BYTES:]
        while self._awaited and self._awaited[0][0] in self._bytes:
            self._end_step(self._awaited.pop(0)[1])

    @property
    def last_line(self) -> str:
        """The last line that it said, safe to show; "" where it said nothing."""
        lines = self._bytes.decode("utf-8", "replace").split("\n")
        return visible(next((one for one in reversed(lines) if one.strip()), ""))[:LONGEST]

    @property
    def number(self) -> int:
        """The number of the domain as the builder tells it in passing; 0 where it does not."""
        found = _NUMBER.search(self._bytes)
        return int(found[1]) if found else 0

    @property
    def complaints(self) -> list[str]:
        """What went wrong by its own words, the cause first, in lines that are safe to show."""
        found: list[str] = []
        for line in self._bytes.decode("utf-8", "replace").splitlines():
            if match := _COMPLAINT.search(line):
                words = visible(_PLACE.sub("", match[1]).strip())[:LONGEST]
                found += [words] if words and words not in found else []
        return found or self._last_words

    @property
    def _last_words(self) -> list[str]:
        """What it said last beside its log: xl itself has no such marks."""
        lines = self._bytes.decode("utf-8", "replace").splitlines()
        own = [line.strip() for line in lines if line.strip() and not _LOGGED.search(line)]
        return [visible(line)[:LONGEST] for line in own[-3:]]

    @property
    def lacks_memory(self) -> bool:
        """Whether Xen had not the memory for the domain."""
        return any(_OF_MEMORY.search(one) for one in self.complaints)
