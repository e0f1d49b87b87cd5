"""What a guest's end says whoever carried it: evidence, and what its own report and status mean.

The guest's own report (its trace) comes first, then the exit status of what carried it, then the
signal that killed that; a driver's `exits` judges. 0 to 122 are the guest's statuses, 123 stands
for any larger one, 126 for a fault and 127 for an abort.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

from unikernel.model.state import Cause, Exit

from .trace import Ending, EndingKind

_FAULT_VALUE = 126
_ABORT_VALUE = 127
_CAUSES = {
    EndingKind.EXIT: Cause.EXIT,
    EndingKind.ABORT: Cause.ABORT,
    EndingKind.FAULT: Cause.FAULT,
}


@dataclass(frozen=True)
class Evidence:
    """What is known once the process that carried a guest has ended.

    `returncode` is its exit status, or minus the signal that killed it; `errors` is what it wrote
    to stderr.
    """

    returncode: int
    ending: Ending | None = None
    final_message: str = ""
    stop_requested: bool = False
    errors: str = ""


def from_ending(ending: Ending, final_message: str) -> Exit:
    """Return how a guest ended that said so itself."""
    return Exit(_CAUSES[ending.kind], ending.status, final_message)


def by_status(status: int, final_message: str) -> Exit:
    """Return how a guest ended of which only its exit status is known."""
    if status == _FAULT_VALUE:
        return Exit(Cause.FAULT, message=final_message)
    if status == _ABORT_VALUE:
        return Exit(Cause.ABORT, message=final_message)
    return Exit(Cause.EXIT, status)


def signal_name(number: int) -> str:
    """Return a signal's name, such as SIGKILL, or its number in words."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
