"""What a machine's trace channel has told so far."""

from __future__ import annotations

from unikernel.timeline import BootTimeline, timeline
from unikernel.trace import Ending, Frequency, LastWords, Milestone, Passed, TraceParser


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
        self._tsc_hz: int | None = None
        self._passed: dict[Milestone, int] = {}

    def hear(self, data: bytes) -> None:
        """Take bytes of the channel."""
        self.heard = True
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

    @property
    def line_awaited(self) -> bool:
        """Whether this guest traces its boot and has not yet told that its first line is out."""
        return bool(self._passed) and Milestone.LINE not in self._passed

    def timeline(
        self, started_ns: int, line_ns: int | None, *, restarted: bool
    ) -> BootTimeline | None:
        """Return the boot timeline; None before the first line is out."""
        if line_ns is None or self.line_awaited:
            return None
        return timeline(started_ns, line_ns, self._tsc_hz, self._passed, restarted=restarted)
