"""What `xl list -v` says of a domain. A pure function."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Name, number, memory, virtual CPUs, state, time, UUID, reason of the shutdown in base 16.
_ROW = re.compile(
    r"^\S+ +(?P<number>\d+) +\d+ +\d+ +(?P<state>[rbpscd-]{6}) +[\d.]+ +[0-9a-f-]{36} +"
    r"(?P<reason>-|[0-9a-f]+)(?:\s|$)"
)
_PAUSED, _SHUTDOWN, _DYING = (
    2,
    3,
    5,
)  # places in the state, which is six letters: running, blocked, paused, …


@dataclass(frozen=True)
class Status:
    """What Xen has a domain doing; `reason` is why it was shut down, None while it was not."""

    is_paused: bool
    reason: int | None = None


def status_of(output: bytes, number: int) -> Status | None:
    """Return the status of domain `number`; None where it is not listed, or dies."""
    for line in output.decode("utf-8", "replace").splitlines():
        row = _ROW.match(line)
        if row and int(row["number"]) == number:
            if row["state"][_DYING] == "d":
                return None
            ended = row["state"][_SHUTDOWN] == "s" and row["reason"] != "-"
            return Status(
                is_paused=row["state"][_PAUSED] == "p",
                reason=int(row["reason"], 16) if ended else None,
            )
    return None
