"""What a machine's trace channel has reported so far."""

from __future__ import annotations

import time
from collections.abc import Callable

from .timeline import BootTimeline, Step, timeline
from .trace import Ending, FinalMessage, Frequency, Milestone, Passed, TraceParser

Join = Callable[..., BootTimeline]

GRACE_S = 1.0  # between a first line and its trace, while the host runs other things


class BootTrace:
    """The state that trace records add up to, and when their boot began."""

    def __init__(self, join: Join = timeline) -> None:
        """`join` makes a timeline of host times and the guest's stamps."""
        self._join = join
        self.final_message = ""
        self.ending: Ending | None = None
        self.has_data = False
        self.begin()

    def begin(self, *, restarted: bool = False) -> None:
        """Begin a boot now; what an earlier one traced is forgotten."""
        self.count_from_now()
        # The event of a reset is late by what the host does meanwhile.
        self._earliest_ns = self._started_ns - (int(GRACE_S * 1e9) if restarted else 0)
        self._restarted = restarted
        self._parser = TraceParser()
        self._began = False
        self._tsc_hz: int | None = None
        self._passed: dict[Milestone, int] = {}
        self._steps: list[Step] = []
        self.waits_since_s: float | None = None  # when the started guest first waited (monotonic)

    def count_from_now(self) -> None:
        """Let the time of the boot begin now."""
        self._started_ns = time.perf_counter_ns()

    def end_step(self, name: str, ended_ns: int | None = None) -> None:
        """Note that a part of the boot that the host sees ended: now, or at `ended_ns`."""
        self._steps.append(Step(name, ended_ns or time.perf_counter_ns()))

    def feed(self, data: bytes) -> None:
        """Take bytes of the channel."""
        self.has_data = self._began = True
        for record in self._parser.feed(data):
            match record:
                case Frequency(tsc_hz):
                    self._tsc_hz = tsc_hz
                case Passed(milestone, tsc):
                    self._passed.setdefault(milestone, tsc)
                    if milestone is Milestone.START and self.waits_since_s is None:
                        # It waits from now on: stamps come then, or with its first line.
                        self.waits_since_s = time.monotonic()
                case FinalMessage(text):
                    self.final_message = text
                case Ending():
                    self.ending = record

    def timeline(self, line_ns: int | None, *, ended: bool) -> BootTimeline | None:
        """Return the boot timeline; None before the first line is out and its trace has come.

        `line_ns` is when the first line came (perf_counter), None if it has not; `ended` says that
        nothing more will come.
        """
        if line_ns is None or (not ended and self._awaits_line(line_ns)):
            return None
        return self._join(
            self._started_ns,
            line_ns,
            self._tsc_hz,
            self._passed,
            restarted=self._restarted,
            earliest_ns=self._earliest_ns,
            steps=self._steps,
        )

    def _awaits_line(self, line_ns: int) -> bool:
        """Whether the trace of the first line is still to come.

        Guests write their trace after the line, so as not to hold it up; a guest that has traced
        nothing `GRACE_S` later does not trace.
        """
        if self._parser.damaged or Milestone.LINE in self._passed:
            return False
        return self._began or time.perf_counter_ns() - line_ns < GRACE_S * 1e9
