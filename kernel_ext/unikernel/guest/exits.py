"""From evidence to Exit: how a machine ended.

The guest's own report (its trace) comes first, then the exit status of QEMU or the process, then
the signal it died of. 0 to 122 are the guest's statuses, 123 stands for any larger one, 126 for a
fault and 127 for an abort. Under QEMU the guest passes them through the isa-debug-exit device,
which makes QEMU return `value << 1 | 1`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

from unikernel.machines.qemu import error_messages, run_state
from unikernel.model.state import Cause, Exit

from .trace import Ending, EndingKind

_FAULT_VALUE = 126
_ABORT_VALUE = 127
_EX_USAGE = 64  # of sysexits.h
_PREFIX = "unikernel: "  # of every message of the base
_CAUSES = {
    EndingKind.EXIT: Cause.EXIT,
    EndingKind.ABORT: Cause.ABORT,
    EndingKind.FAULT: Cause.FAULT,
}


@dataclass(frozen=True)
class Evidence:
    """What is known once QEMU, or the process that the guest is, has ended.

    `returncode` is its exit status, or minus the signal that killed it. `shutdown_reason` is the
    reason of QMP's SHUTDOWN event, "" if none came. `errors` is what it wrote to stderr.
    `given_up` is QEMU's run state when it had given up the guest, else "", and `reason` what it
    said of that over QMP.
    """

    returncode: int
    ending: Ending | None = None
    final_message: str = ""
    shutdown_reason: str = ""
    stop_requested: bool = False
    errors: str = ""
    given_up: str = ""
    reason: str = ""


def classify(evidence: Evidence) -> Exit:
    """Return how a guest under QEMU ended."""
    if evidence.ending:
        return _from_ending(evidence.ending, evidence.final_message)
    if evidence.given_up:
        return Exit(Cause.GIVEN_UP, message=_why_given_up(evidence))
    if evidence.stop_requested or evidence.shutdown_reason.startswith("host-qmp"):
        return Exit(Cause.STOPPED)
    if evidence.returncode < 0 or evidence.shutdown_reason == "host-signal":
        return Exit(Cause.LOST, message=_by_signal(evidence.returncode))
    return _quiet_end(evidence) if evidence.returncode == 0 else _by_value(evidence)


def of_process(evidence: Evidence) -> Exit:
    """Return how a guest that was itself the process ended.

    SIGTERM is how a process is asked to end, by us or by anybody. One that refuses to start
    returns 64 and says why on stderr.
    """
    if evidence.ending:
        return _from_ending(evidence.ending, evidence.final_message)
    if evidence.stop_requested or evidence.returncode == -signal.SIGTERM:
        return Exit(Cause.STOPPED)
    if evidence.returncode < 0:
        name = _signal_name(-evidence.returncode)
        return Exit(Cause.LOST, message=f"the process was killed by {name}")
    if evidence.returncode == _EX_USAGE and evidence.errors:
        return Exit(Cause.LOST, message=evidence.errors.splitlines()[-1].removeprefix(_PREFIX))
    return _by_status(evidence.returncode, evidence.final_message)


def _from_ending(ending: Ending, final_message: str) -> Exit:
    return Exit(_CAUSES[ending.kind], ending.status, final_message)


def _why_given_up(evidence: Evidence) -> str:
    reason = evidence.reason or error_messages.first(evidence.errors)
    state = run_state.failure(evidence.given_up)
    if evidence.given_up == run_state.INTERNAL_ERROR and reason:
        return reason
    return f"{state} ({reason})" if reason else state


def _by_signal(returncode: int) -> str:
    if returncode < 0:
        return f"QEMU was killed by {_signal_name(-returncode)}"
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
    return _by_status(value, evidence.final_message)


def _by_status(status: int, final_message: str) -> Exit:
    if status == _FAULT_VALUE:
        return Exit(Cause.FAULT, message=final_message)
    if status == _ABORT_VALUE:
        return Exit(Cause.ABORT, message=final_message)
    return Exit(Cause.EXIT, status)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
