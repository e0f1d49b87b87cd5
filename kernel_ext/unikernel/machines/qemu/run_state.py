"""QEMU's run states (RunState in qapi/run-state.json) and what each means for a machine."""

from __future__ import annotations

from unikernel.model.state import State

_HELD = (
    *("prelaunch", "paused", "debug", "suspended"),
    *("inmigrate", "finish-migrate", "postmigrate", "save-vm", "restore-vm", "colo"),
)
_STATES = {
    "running": State.RUNNING,
    "shutdown": State.RUNNING,  # it ends by itself: its status is about to come
    "guest-panicked": State.PANICKED,
    **dict.fromkeys(_HELD, State.PAUSED),
}
INTERNAL_ERROR = "internal-error"  # what a KVM that gives up leaves
SILENT = "silent"  # no run state: QEMU did not answer
_FAILURES = {
    SILENT: "QEMU did not answer",
    INTERNAL_ERROR: "QEMU reports an internal error",
    "io-error": "a device of the host failed",
    "watchdog": "the guest's watchdog expired",
}


def state(word: str) -> State | None:
    """Return the state that a run state means; None when QEMU has given the guest up."""
    return _STATES.get(word)


def failure(word: str) -> str:
    """Return in words why QEMU gave up a guest; its own words say more where there are any."""
    return _FAILURES.get(word, f"QEMU holds the guest: {word}")
