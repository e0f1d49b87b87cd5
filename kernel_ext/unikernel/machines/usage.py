"""Usage: what a machine has used so far, and from two of these the rates between them.

    counters of Linux, QEMU, Xen, our switch ──▶ Usage ──┐
                                    (later)  ──▶ Usage ──┴─ since ──▶ Rates

What cannot be known of a guest is None, and `unknown` says why: nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

NO_NETWORK, NO_DISK = "it has no network device", "it has no disk"
FRAME_COUNTERS = 1 << 16  # of virtio's queues: they begin again at 0 (virtio 1.1, 2.6.8)
FRAMES_INTERVAL_S = 2.0  # longest in which frames are compared: they may go round more than once


@dataclass(frozen=True)
class Usage:
    """What a machine has used since it was started, at one moment. None is not known.

    `at_s` is the moment, in seconds of CLOCK_MONOTONIC. `cpu_s` are seconds of a CPU's time that
    the guest has taken with what carries it; `memory_bytes` is what both have of the host's memory
    now. `received_bytes` and `sent_bytes` went over the guest's network devices, in whole frames;
    `received_frames` and `sent_frames` count them, modulo 65,536. `read_bytes` and `written_bytes`
    went between guest and disks. `unknown` says why: its keys are "cpu", "memory", "network" and
    "disk".
    """

    at_s: float
    cpu_s: float | None = None
    memory_bytes: int | None = None
    received_bytes: int | None = None
    sent_bytes: int | None = None
    received_frames: int | None = None
    sent_frames: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)

    def since(self, earlier: Usage) -> Rates:
        """Return the rates between an earlier moment and this one."""
        span_s = self.at_s - earlier.at_s
        if span_s <= 0:
            return Rates()
        rates = {
            name: _per_second(getattr(earlier, counter), getattr(self, counter), span_s)
            for name, counter in _COUNTERS.items()
        }
        for way in ("received", "sent"):
            counter = f"{way}_frames"
            counts = getattr(earlier, counter), getattr(self, counter)
            rates[f"{counter}_per_s"] = _frames_per_second(*counts, span_s)
        return Rates(**rates)

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Usage:
        """Return the usage of such values, whichever release wrote them."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in facts.items() if name in known})


@dataclass(frozen=True)
class Rates:
    """What a machine used in a second, on average between two moments. None is not known.

    `cpus` is how many CPUs were busy for it: 0.5 is half of one.
    """

    cpus: float | None = None
    received_bytes_per_s: float | None = None
    sent_bytes_per_s: float | None = None
    received_frames_per_s: float | None = None
    sent_frames_per_s: float | None = None
    read_bytes_per_s: float | None = None
    written_bytes_per_s: float | None = None


_COUNTERS = {
    "cpus": "cpu_s",
    "received_bytes_per_s": "received_bytes",
    "sent_bytes_per_s": "sent_bytes",
    "read_bytes_per_s": "read_bytes",
    "written_bytes_per_s": "written_bytes",
}


def _per_second(before: float | None, after: float | None, span_s: float) -> float | None:
    """Return a counter's rate; None where it began anew, with another process or disk."""
    if before is None or after is None or after < before:
        return None
    return (after - before) / span_s


def _frames_per_second(before: int | None, after: int | None, span_s: float) -> float | None:
    """Return the rate of a counter that goes round; a device's reset sets it to 0, too."""
    if before is None or after is None or span_s > FRAMES_INTERVAL_S:
        return None
    passed = (after - before) % FRAME_COUNTERS
    went_round_or_reset = after < before
    if went_round_or_reset and passed > FRAME_COUNTERS // 2:
        return None
    return passed / span_s
