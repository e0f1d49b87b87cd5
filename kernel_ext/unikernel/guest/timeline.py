"""The boot timeline: phases from a machine's start to its first console line.

Under QEMU the guest stamps its milestones with its time stamp counter, which starts at 0 with the
virtual machine; the host stamps the arrival of the first console line. Joining the two clocks at
that line dates everything before it, and the phases add up to the wall time exactly. A process has
the host's clock. Of a domain the host sees how it is made, step by step.

Stamps are a guest's claim. One that cannot be, because time would run backwards or the boot would
take longer than it did, does not count, and the timeline says so: no phase is ever negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unikernel.model.boot_phases import DOMAIN_START, RESTART, WITHOUT_TRACE

from .trace import Milestone

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
class Step:
    """A part of a boot that ended, as the host saw it, at `ended_ns` (perf_counter)."""

    name: str
    ended_ns: int


@dataclass(frozen=True)
class BootTimeline:
    """The phases of one boot, in order; `warning` says which stamps of the guest cannot be."""

    phases: tuple[Phase, ...]
    warning: str = ""

    @property
    def total_ms(self) -> float:
        """Wall time from the machine's start to its first console line."""
        return sum(phase.duration_ms for phase in self.phases)

    def __str__(self) -> str:
        rows = [f"{phase.name:<20} {phase.duration_ms:8.2f} ms" for phase in self.phases]
        rows.append(f"{'total':<20} {self.total_ms:8.2f} ms")
        return "\n".join([*rows, self.warning] if self.warning else rows)


def timeline(
    started_ns: int,
    line_ns: int,
    tsc_hz: int | None,
    passed: Mapping[Milestone, int],
    *,
    restarted: bool = False,
    earliest_ns: int | None = None,
    steps: Sequence[Step] = (),  # noqa: ARG001 (QEMU's process is one step)
) -> BootTimeline:
    """Join host times (ns, one clock) and guest stamps (time stamp counter) into a timeline.

    A phase whose milestone the guest never passed is part of the next one. After a reset the
    counter has no known origin, so everything up to the guest's entry is one phase. A guest that
    somebody else resumed or reset may have begun before we saw it, but not before `earliest_ns`.
    """
    wall_ms = max(0, line_ns - started_ns) / 1e6
    if not tsc_hz or not _is_traced(passed):
        return BootTimeline((Phase(WITHOUT_TRACE, wall_ms),))
    ms = {milestone: tsc * 1e3 / tsc_hz for milestone, tsc in passed.items()}
    entry_ms, in_the_guest_ms = ms[Milestone.ENTRY], ms[Milestone.LINE] - ms[Milestone.ENTRY]
    firmware_ms = 0.0 if restarted else entry_ms
    counted_ms = firmware_ms + in_the_guest_ms
    longest_ms = (line_ns - (started_ns if earliest_ns is None else earliest_ns)) / 1e6
    if in_the_guest_ms < 0 or counted_ms > longest_ms:
        return _implausible(wall_ms)
    before_ms = max(0.0, wall_ms - counted_ms)
    phases = [Phase(RESTART if restarted else "qemu start", before_ms)]
    phases += [] if restarted else [Phase("firmware", firmware_ms)]
    return _with_guest(phases, ms)


def process_timeline(
    started_ns: int,
    line_ns: int,
    _hz: int | None,
    passed: Mapping[Milestone, int],
    *,
    restarted: bool = False,  # noqa: ARG001 (a process is not reset)
    earliest_ns: int | None = None,
    steps: Sequence[Step] = (),  # noqa: ARG001 (its start is one step)
) -> BootTimeline:
    """Return the timeline of a process, whose stamps are times of the host's own clock (ns).

    It ends when the process has written its first line, however long that is on its way to us. One
    that somebody else resumed begins with its entry: nobody knows when that was, but it was after
    `earliest_ns`; without, the process took no longer than we saw.
    """
    wall_ms = max(0, line_ns - started_ns) / 1e6
    if not _is_traced(passed):
        return BootTimeline((Phase(WITHOUT_TRACE, wall_ms),))
    # Whoever is held up between writing the line and looking at the clock stamps it late.
    stamps = {**passed, Milestone.LINE: min(passed[Milestone.LINE], line_ns)}
    ms = {milestone: ns / 1e6 for milestone, ns in stamps.items()}
    in_the_guest_ms = ms[Milestone.LINE] - ms[Milestone.ENTRY]
    if earliest_ns is None:
        impossible = in_the_guest_ms > wall_ms
    else:
        impossible = stamps[Milestone.ENTRY] < earliest_ns
    if impossible or in_the_guest_ms < 0:
        return _implausible(wall_ms)
    start_ms = max(0.0, ms[Milestone.ENTRY] - started_ns / 1e6)
    return _with_guest([Phase("process start", start_ms)], ms)


def domain_timeline(
    started_ns: int,
    line_ns: int,
    tsc_hz: int | None,
    passed: Mapping[Milestone, int],
    *,
    restarted: bool = False,
    earliest_ns: int | None = None,
    steps: Sequence[Step] = (),
) -> BootTimeline:
    """Return the timeline of a Xen domain, whose making has `steps` that the host sees.

    Only differences of its stamps count: where its counter begins is Xen's business.
    """
    wall_ms = max(0, line_ns - started_ns) / 1e6
    if not tsc_hz or not _is_traced(passed):
        return BootTimeline((Phase(WITHOUT_TRACE, wall_ms),))
    ms = {milestone: tsc * 1e3 / tsc_hz for milestone, tsc in passed.items()}
    in_the_guest_ms = ms[Milestone.LINE] - ms[Milestone.ENTRY]
    longest_ms = (line_ns - (started_ns if earliest_ns is None else earliest_ns)) / 1e6
    if in_the_guest_ms < 0 or in_the_guest_ms > longest_ms:
        return _implausible(wall_ms)
    before_ms = max(0.0, wall_ms - in_the_guest_ms)
    if restarted:
        return _with_guest([Phase(RESTART, before_ms)], ms)
    phases, at_ms = [], 0.0
    for step in steps:
        end_ms = min(before_ms, max(at_ms, (step.ended_ns - started_ns) / 1e6))
        if step.ended_ns > started_ns:  # else it was over when a paused domain was let go
            phases.append(Phase(step.name, end_ms - at_ms))
        at_ms = end_ms
    phases.append(Phase(DOMAIN_START, before_ms - at_ms))
    return _with_guest(phases, ms)


def _is_traced(passed: Mapping[Milestone, int]) -> bool:
    return Milestone.ENTRY in passed and Milestone.LINE in passed


def _implausible(wall_ms: float) -> BootTimeline:
    """Return the timeline of a guest whose stamps do not fit between its start and its line."""
    warning = "The guest's time stamps cannot be: they do not fit into the time of its boot."
    return BootTimeline((Phase(WITHOUT_TRACE, wall_ms),), warning)


def _with_guest(before: list[Phase], ms: Mapping[Milestone, float]) -> BootTimeline:
    """Add the phases from entry to line; what was passed after the line is no part of a boot."""
    phases, dropped = list(before), []
    last_ms = ms[Milestone.ENTRY]
    for milestone, name in _ENDS.items():
        if milestone not in ms or ms[milestone] > ms[Milestone.LINE]:
            continue
        if ms[milestone] < last_ms:
            dropped.append(name)
            continue
        phases.append(Phase(name, ms[milestone] - last_ms))
        last_ms = ms[milestone]
    ends = ", ".join(dropped)
    warning = f"The guest's stamps cannot be for the end of: {ends} (it is before another's)."
    return BootTimeline(tuple(phases), warning if dropped else "")
