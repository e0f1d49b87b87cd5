"""Plots of measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .disks import block
from .flames import flame
from .interactive import Interactive
from .live import LivePlot
from .side_by_side import targets
from .sizes import size
from .sweeps import sweep
from .timelines import boot
from .traffic import http, latency, throughput
from .tuning import tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "Interactive",
    "LivePlot",
    "block",
    "boot",
    "flame",
    "http",
    "latency",
    "size",
    "sweep",
    "targets",
    "throughput",
    "tuning",
]

PLOTS: Mapping[str, Callable[[object], Interactive]] = {
    "boot": boot,
    "size": size,
    "throughput": throughput,
    "http": http,
    "latency": latency,
    "block": block,
}
