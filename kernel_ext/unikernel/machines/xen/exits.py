"""From evidence to Exit: how a domain of Xen's ended.

A guest's own word comes first: its trace. Then Xen's: the reason of the shutdown (SHUTDOWN_* in
xen/include/public/sched.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from unikernel.guest import exits
from unikernel.model.state import Cause, Exit


class Reason(IntEnum):
    """Why a domain was shut down."""

    POWEROFF = 0
    REBOOT = 1
    SUSPEND = 2
    CRASH = 3
    WATCHDOG = 4
    SOFT_RESET = 5


@dataclass(frozen=True)
class Evidence(exits.Evidence):
    """What is known once a domain has ended.

    `reason` is Xen's code, None when the domain was gone before it could be asked for. `xen_said`
    is what Xen's log says of the domain's crash; `lost` why dom0 is gone, if it is.
    """

    reason: int | None = None
    xen_said: str = ""
    lost: str = ""


def exit_of(evidence: Evidence) -> Exit:
    """Return how the guest ended."""
    if evidence.ending:
        ended = exits.from_ending(evidence.ending, evidence.final_message)
        # A guest that is asked to power off does so, with no status of its own.
        return Exit(Cause.STOPPED) if evidence.stop_requested and ended.ok else ended
    if evidence.lost:
        return Exit(Cause.LOST, message=evidence.lost)
    if evidence.stop_requested:
        return Exit(Cause.STOPPED)
    return _by_reason(evidence)


def _by_reason(evidence: Evidence) -> Exit:
    match evidence.reason:
        case None:
            return Exit(Cause.LOST, message="its domain was destroyed")
        case Reason.POWEROFF:
            return Exit(Cause.EXIT, 0)
        case Reason.REBOOT:
            return Exit(Cause.TRIPLE_FAULT, message="the guest reset without a message")
        case Reason.CRASH:
            return Exit(Cause.GIVEN_UP, message=evidence.xen_said or "Xen reports a crash")
        case Reason.WATCHDOG:
            return Exit(Cause.GIVEN_UP, message="the guest's watchdog expired")
        case other:
            return Exit(Cause.GIVEN_UP, message=f"Xen shut it down with reason {other}")
