"""From evidence to Exit: how a guest under QEMU ended.

The guest passes its status through the isa-debug-exit device, which makes QEMU return
`value << 1 | 1`.
"""

from __future__ import annotations

from dataclasses import dataclass

from unikernel.guest import exits
from unikernel.model.state import Cause, Exit

from . import error_messages, run_state


@dataclass(frozen=True)
class Evidence(exits.Evidence):
    """What is known once QEMU has ended.

    `shutdown_reason` is the reason of QMP's SHUTDOWN event, "" if none came. `given_up` is QEMU's
    run state when it had given up the guest, else "", and `reason` what it said of that over QMP.
    """

    shutdown_reason: str = ""
    given_up: str = ""
    reason: str = ""


def exit_of(evidence: Evidence) -> Exit:
    """Return how the guest ended."""
    if evidence.ending:
        return exits.from_ending(evidence.ending, evidence.final_message)
    if evidence.given_up:
        return Exit(Cause.GIVEN_UP, message=_why_given_up(evidence))
    if evidence.stop_requested or evidence.shutdown_reason.startswith("host-qmp"):
        return Exit(Cause.STOPPED)
    if evidence.returncode < 0 or evidence.shutdown_reason == "host-signal":
        return Exit(Cause.LOST, message=_by_signal(evidence.returncode))
    return _quiet_end(evidence) if evidence.returncode == 0 else _by_value(evidence)


def _why_given_up(evidence: Evidence) -> str:
    reason = evidence.reason or error_messages.first(evidence.errors)
    state = run_state.failure(evidence.given_up)
    if evidence.given_up == run_state.INTERNAL_ERROR and reason:
        return reason
    return f"{state} ({reason})" if reason else state


def _by_signal(returncode: int) -> str:
    if returncode < 0:
        return f"QEMU was killed by {exits.signal_name(-returncode)}"
    return "QEMU was asked to end by a signal"


def _quiet_end(evidence: Evidence) -> Exit:
    """QEMU returned 0 by itself: the guest powered off, or reset (which ends it: -no-reboot)."""
    if evidence.shutdown_reason == "guest-shutdown":
        return Exit(Cause.EXIT, 0)
    return Exit(Cause.TRIPLE_FAULT, message="the guest reset without a message")


def _by_value(evidence: Evidence) -> Exit:
    value, is_debug_exit = evidence.returncode >> 1, evidence.returncode & 1
    if evidence.errors or not is_debug_exit:
        message = error_messages.first(evidence.errors) or f"status {evidence.returncode}"
        return Exit(Cause.LOST, message=message)
    return exits.by_status(value, evidence.final_message)
