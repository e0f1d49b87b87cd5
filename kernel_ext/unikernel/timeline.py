"""The boot timeline: phases from a machine's start to its first console line.

Under QEMU the guest stamps its milestones with its time stamp counter, which starts at 0 with the
virtual machine; the host stamps the arrival of the first console line. Joining the two clocks at
that line dates everything before it, and the phases add up to the wall time exactly. A process has
the host's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .trace import Milestone

_IN_THE_GUEST: Mapping[str, str] = {
    "base": "the C base sets up memory, clocks, devices and entropy",
    "runtime": "the language runtime starts",
    "libraries": "linked modules are initialised, until `start` is called",
    "application": "the application runs, until its first console line is out",
}
PHASES: Mapping[str, str] = {
    "qemu start": "QEMU's process starts or a paused one is resumed, until the guest's CPU runs",
    "firmware": "the virtual machine runs its firmware, until the guest's first instruction",
    **_IN_THE_GUEST,
}
PROCESS_PHASES: Mapping[str, str] = {
    "process start": "Linux starts the process or a paused one is resumed, until its base runs",
    **_IN_THE_GUEST,
}
UNTRACED = "start to first line"  # the one phase of a guest that writes no trace
RESTART = "restart"  # replaces "qemu start" and "firmware" after a reset

_ENDS = {
    Milestone.BASE: "base",
    Milestone.RUNTIME: "runtime",
    Milestone.START: "libraries",
    Milestone.LINE: "application",
}


@dataclass(frozen=True)
class Phase:
    """One part of a boot and how long it took."""

    name: str
    duration_ms: float


@dataclass(frozen=True)
class BootTimeline:
    """The phases of one boot, in order."""

    phases: tuple[Phase, ...]

    @property
    def total_ms(self) -> float:
        """Wall time from the machine's start to its first console line."""
        return sum(phase.duration_ms for phase in self.phases)

    def __str__(self) -> str:
        rows = [f"{phase.name:<20} {phase.duration_ms:8.2f} ms" for phase in self.phases]
        return "\n".join([*rows, f"{'total':<20} {self.total_ms:8.2f} ms"])


def timeline(
    started_ns: int,
    line_ns: int,
    tsc_hz: int | None,
    passed: Mapping[Milestone, int],
    *,
    restarted: bool = False,
) -> BootTimeline:
    """Join host times (ns, one clock) and guest stamps (time stamp counter) into a timeline.

    A phase whose milestone the guest never passed is part of the next one. After a reset the
    counter has no known origin, so everything up to the guest's entry is one phase.
    """
    wall_ms = (line_ns - started_ns) / 1e6
    if not tsc_hz or Milestone.LINE not in passed or Milestone.ENTRY not in passed:
        return BootTimeline((Phase(UNTRACED, wall_ms),))
    ms = {milestone: tsc * 1e3 / tsc_hz for milestone, tsc in passed.items()}
    before_entry_ms = wall_ms - (ms[Milestone.LINE] - ms[Milestone.ENTRY])
    phases = (
        [Phase(RESTART, before_entry_ms)]
        if restarted
        else [
            Phase("qemu start", before_entry_ms - ms[Milestone.ENTRY]),
            Phase("firmware", ms[Milestone.ENTRY]),
        ]
    )
    return BootTimeline((*phases, *_in_the_guest(ms)))


def process_timeline(
    started_ns: int,
    line_ns: int,
    _hz: int | None,
    passed: Mapping[Milestone, int],
    *,
    restarted: bool = False,  # noqa: ARG001 (a process is not reset)
) -> BootTimeline:
    """Return the timeline of a process, whose stamps are times of the host's own clock (ns).

    It ends when the process has written its first line, however long that is on its way to us.
    One that somebody else resumed begins with its entry: nobody knows when that was.
    """
    if Milestone.ENTRY not in passed or Milestone.LINE not in passed:
        return BootTimeline((Phase(UNTRACED, (line_ns - started_ns) / 1e6),))
    ms = {milestone: ns / 1e6 for milestone, ns in passed.items()}
    start = Phase("process start", max(0.0, ms[Milestone.ENTRY] - started_ns / 1e6))
    return BootTimeline((start, *_in_the_guest(ms)))


def _in_the_guest(ms: Mapping[Milestone, float]) -> Iterator[Phase]:
    """Yield the phases from entry to line; what was passed after the line is no part of a boot."""
    last_ms = ms[Milestone.ENTRY]
    for milestone, name in _ENDS.items():
        if milestone in ms and ms[milestone] <= ms[Milestone.LINE]:
            yield Phase(name, ms[milestone] - last_ms)
            last_ms = ms[milestone]
