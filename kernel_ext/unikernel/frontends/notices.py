"""What this process has told its user, so that it tells each thing once."""

from __future__ import annotations

_told: set[str] = set()


def once(sentence: str) -> str:
    """Return `sentence` the first time, and "" whenever it was returned before."""
    if sentence in _told:
        return ""
    _told.add(sentence)
    return sentence
