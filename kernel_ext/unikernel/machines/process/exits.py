"""From evidence to Exit: how a guest that was itself the process ended."""

from __future__ import annotations

import signal

from unikernel.guest import exits
from unikernel.guest.exits import Evidence
from unikernel.model.state import Cause, Exit

_EX_USAGE = 64  # of sysexits.h
_PREFIX = "unikernel: "  # of every message of the base


def exit_of(evidence: Evidence) -> Exit:
    """Return how the guest ended.

    SIGTERM is how a process is asked to end, by us or by anybody. One that refuses to start
    returns 64 and says why on stderr.
    """
    if evidence.ending:
        return exits.from_ending(evidence.ending, evidence.final_message)
    if evidence.stop_requested or evidence.returncode == -signal.SIGTERM:
        return Exit(Cause.STOPPED)
    if evidence.returncode < 0:
        name = exits.signal_name(-evidence.returncode)
        return Exit(Cause.LOST, message=f"the process was killed by {name}")
    if evidence.returncode == _EX_USAGE and evidence.errors:
        return Exit(Cause.LOST, message=evidence.errors.splitlines()[-1].removeprefix(_PREFIX))
    return exits.by_status(evidence.returncode, evidence.final_message)
