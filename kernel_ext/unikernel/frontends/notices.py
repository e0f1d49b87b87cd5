"""What this process has shown its user, so that it shows each remark once."""

from __future__ import annotations

_shown: set[str] = set()


def once(sentence: str) -> str:
    """Return `sentence` the first time, and "" whenever it was returned before."""
    if sentence in _shown:
        return ""
    _shown.add(sentence)
    return sentence
