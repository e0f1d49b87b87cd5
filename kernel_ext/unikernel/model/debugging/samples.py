"""Where a guest was, looked at many times a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import UsageError
from unikernel_toolchain.model import typed

HERTZ = 100.0
MOST_SECONDS = 600.0
MOST_HERTZ = 1000.0

Stack = tuple[int, ...]


@dataclass(frozen=True)
class Samples:
    """Stacks of addresses, the innermost first, and how often each was seen.

    `idle` is how often the guest waited for something, `seconds` how long it was looked at, and
    `held_s` for how much of that it stood still to be looked at. `put_off` looks were later than
    asked for, since looks took long.
    """

    stacks: Mapping[Stack, int]
    idle: int
    seconds: float
    held_s: float
    put_off: int = 0

    def write(self, file: str) -> None:
        """Leave them in a file for `read`."""
        stacks = [[count, *stack] for stack, count in self.stacks.items()]
        Path(file).write_text(json.dumps({**vars(self), "stacks": stacks}), encoding="ascii")

    @classmethod
    def read(cls, file: str) -> Samples:
        """Return what `write` left in a file."""
        facts = json.loads(Path(file).read_text(encoding="ascii"))
        return cls(**facts | {"stacks": {tuple(stack): n for n, *stack in facts["stacks"]}})


def checked_request(seconds: float, hertz: float) -> tuple[float, float]:
    """Return what was asked for as numbers of one type. Raises UsageError for what is too much."""
    for what, value, most in (("seconds", seconds, MOST_SECONDS), ("hertz", hertz, MOST_HERTZ)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"A profile's {what} are numbers, not {typed.brief(value)}.")
        if not 0 < value <= most:
            raise UsageError(f"A profile takes {what} above 0 and up to {most:g}, not {value:g}.")
    return float(seconds), float(hertz)
