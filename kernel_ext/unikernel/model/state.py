"""What a machine is doing, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unikernel_toolchain.messages.visible import visible_lines

HELP_STATUS = 63  # of a unikernel that was asked for --help, as MirageOS 3.9 has it


class State(StrEnum):
    """What a machine is doing now."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    PANICKED = "guest-panicked"
    EXITED = "exited"


class Cause(StrEnum):
    """Why a machine ended."""

    EXIT = "exit"  # the guest ended itself with a status
    ABORT = "abort"  # the guest found itself broken (canary, assertion)
    FAULT = "fault"  # the CPU stopped the guest (page fault, invalid opcode)
    TRIPLE_FAULT = "triple fault"  # the guest reset without a message
    STOPPED = "stopped"  # we stopped it, or whoever asked the process to end
    LOST = "lost"  # the hypervisor, or the process, was killed or crashed
    GIVEN_UP = "given up"  # the hypervisor stopped the guest for good, and said why


@dataclass(frozen=True)
class Exit:
    """How a machine ended.

    `status` is the guest's own exit status where it gave one (0 is success). `message` is the
    guest's own on an abort or a fault, the hypervisor's where it failed.
    """

    cause: Cause
    status: int | None = None
    message: str = ""

    @property
    def ok(self) -> bool:
        """True when the guest ended itself with status 0."""
        return self.cause is Cause.EXIT and self.status == 0

    @property
    def is_help(self) -> bool:
        """True when the guest was asked for its boot keys, showed them, and ended."""
        return self.cause is Cause.EXIT and self.status == HELP_STATUS

    def __str__(self) -> str:
        if self.ok:
            return "exited, status 0"
        if self.is_help:
            return f"showed its help, status {HELP_STATUS}"
        if self.cause is Cause.EXIT:
            return f"failed, status {self.status}"
        return f"{self.cause}: {visible_lines(self.message)}" if self.message else str(self.cause)
