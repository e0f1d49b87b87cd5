"""How much went over a network device, as the host's end of it counts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

INTERFACES = Path("/sys/class/net")


@dataclass(frozen=True)
class Traffic:
    """Bytes of whole frames that a guest has received and sent."""

    received_bytes: int
    sent_bytes: int


Counters = Callable[[], Traffic | None]  # None: not known


def unknown() -> None:
    """Know nothing: the counters of what counts no bytes."""


def of_interface(name: str) -> Traffic | None:
    """Return what went over a tap, whose other end the guest is: it receives what the host sends.

    A tap that the host had before has counted before (sysfs-class-net-statistics).
    """
    with contextlib.suppress(OSError, ValueError):
        folder = INTERFACES / name / "statistics"
        return Traffic(
            received_bytes=int((folder / "tx_bytes").read_text()),
            sent_bytes=int((folder / "rx_bytes").read_text()),
        )
    return None


def total(counted: Iterable[Traffic | None]) -> Traffic | None:
    """Return the sum; None when one of them is not known, or there is none."""
    known = list(counted)
    if not known:
        return None
    received = sent = 0
    for one in known:
        if one is None:
            return None
        received += one.received_bytes
        sent += one.sent_bytes
    return Traffic(received, sent)
