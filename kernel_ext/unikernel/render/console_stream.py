"""What of a console goes to a page, piece by piece.

    the guest writes ──▶ transcript ──▶ piece ──▶ page ── seen ──▶ next piece
                                          └── left out, when the page would fall behind

A page gets all that a guest writes as long as it does not write more than is read; of a flood it
gets what a reader could see at all, in whole lines. Each piece says where in the console it begins
and ends, so that a page knows what was left out. One that does not say in time what it has seen is
hung, or its kernel runs a cell meanwhile: it gets a screenful a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .page_terminal import finished_length, tame

if TYPE_CHECKING:
    from unikernel.guest.console import Console

WHOLE = 50_000  # characters that a page gets at once
OF_A_FLOOD = 8_000
SCREENFUL = 4_000
UNSEEN = 130_000  # characters, sent and not yet seen, before a page is taken to be hung


@dataclass(frozen=True)
class Piece:
    """Text for the page's terminal, the positions it begins and ends at, and the lines before."""

    text: str
    begin: int
    end: int
    lines_before: int

    def message(self) -> dict[str, str | int]:
        """Return the piece as the page gets it."""
        return {
            "kind": "output",
            "text": self.text,
            "begin": self.begin,
            "end": self.end,
            "line": self.lines_before,
        }


class ConsoleStream:
    """A console for the pages that show it; used on the loop's thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.start = self._piece(0, WHOLE)
        self._position = self.start.end
        self._flooded = False
        self._sent = 0  # characters
        self._seen = 0

    @property
    def hung(self) -> bool:
        """Whether much was sent that no page has seen."""
        return self._sent - self._seen > UNSEEN

    def seen(self, sent: int) -> None:
        """Take note that a page has shown this many characters of what was sent."""
        self._seen = max(self._seen, min(sent, self._sent))

    def next(self) -> tuple[Piece, int] | None:
        """Return the next piece, and how many characters were sent with it; None for nothing."""
        limit = SCREENFUL if self.hung else OF_A_FLOOD if self._flooded else WHOLE
        piece = self._piece(self._position, limit)
        if piece.end <= self._position:
            return None
        self._flooded = piece.begin > self._position or len(piece.text) > OF_A_FLOOD
        self._position = piece.end
        self._sent += len(piece.text)
        return piece, self._sent

    def tail(self) -> Piece:
        """Return the end of what was sent, for a page that opens."""
        return self._piece(0, WHOLE, self._position)

    def _piece(self, position: int, limit: int, stop: int | None = None) -> Piece:
        text, end = self._console.text_since(position)
        lines = self._console.line_count
        if stop is not None and stop < end:
            lines -= text.count("\n", max(0, len(text) - (end - stop)))
            text, end = text[: max(0, len(text) - (end - stop))], stop
        begin = end - len(text)
        if len(text) > limit or begin > position:
            text = _whole_lines(text[-limit:])
        lines -= text.count("\n")
        begin = end - len(text)
        text = text[: finished_length(text)]
        return Piece(tame(text), begin, begin + len(text), lines)


def _whole_lines(text: str) -> str:
    """Return text without the end of a line, or of a control sequence, that it begins with."""
    return text[text.find("\n", 0, len(text) // 2) + 1 :]
