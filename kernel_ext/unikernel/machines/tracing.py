"""What a machine's trace channel has told so far."""

from __future__ import annotations

from unikernel.timeline import BootTimeline, timeline
from unikernel.trace import Ending, Frequency, LastWords, Milestone, Passed, TraceParser

GRACE_S = 0.1  # between a first line and its trace, on a busy host


class Tracing:
    """The state that trace records add up to."""

    def __init__(self) -> None:
        self.last_words = ""
        self.ending: Ending | None = None
        self.heard = False
        self.restart()

    def restart(self) -> None:
        """Begin anew after a reset."""
        self._parser = TraceParser()
        self._began = False
        self._tsc_hz: int | None = None
        self._passed: dict[Milestone, int] = {}

    def hear(self, data: bytes) -> None:
        """Take bytes of the channel."""
        self.heard = self._began = True
        for record in self._parser.feed(data):
            match record:
                case Frequency(tsc_hz):
                    self._tsc_hz = tsc_hz
                case Passed(milestone, tsc):
                    self._passed.setdefault(milestone, tsc)
                case LastWords(text):
                    self.last_words = text
                case Ending():
                    self.ending = record

    def awaits_line(self, since_line_s: float) -> bool:
        """Whether the trace of the first line is still to come, the line itself being out.

        Guests write their trace after the line, so as not to hold it up; a guest that has traced
        nothing `GRACE_S` later does not trace.
        """
        if self._parser.damaged or Milestone.LINE in self._passed:
            return False
        return self._began or since_line_s < GRACE_S

    def timeline(self, started_ns: int, line_ns: int, *, restarted: bool) -> BootTimeline:
        """Return the boot timeline as far as it was traced."""
        return timeline(started_ns, line_ns, self._tsc_hz, self._passed, restarted=restarted)
