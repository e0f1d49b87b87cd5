"""How a journal's question differs from the one that is asked, in a caller's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unikernel_toolchain.messages.visible import visible

LONGEST = 60  # characters of a value
_NONE = "not given"
_COUNTS = {"warm_ups": "warm_ups", "seed": "seed", "tuning": "seed"}
_KINDS = {"seed": "a sweep", "tuning": "a tuning"}


def told(name: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Return what differs of two questions, where their entry `name` does.

    `theirs` comes from a file, and may be anything.
    """
    there = {kind for kind in _KINDS if kind in theirs}
    here = {kind for kind in _KINDS if kind in ours}
    if there != here and len(there) == 1:
        return f"it is the journal of {_KINDS[there.pop()]}"
    before, now = theirs.get(name), ours.get(name)
    if name == "what":
        return f"it is of another measurement, {_value(before)}"
    if name == "subject":
        return "it is of another program, or of another text of it"
    if name in ("axes", "fixed") and isinstance(before, Mapping) and isinstance(now, Mapping):
        return _settings("the axis " if name == "axes" else "", before, now)
    return f"its {_COUNTS.get(name, name)} is {_value(before)}, and here {_value(now)}"


def _settings(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return which setting differs first, and how."""
    name = next(name for name in {**now, **before} if before.get(name) != now.get(name))
    there, here = _value(before.get(name)), _value(now.get(name))
    return f"{kind}{_value(name)} is {there} in it, and here {here}"


def _value(value: object) -> str:
    if value is None:
        return _NONE
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return visible(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
