"""Plots of measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .disks import block
from .drawing import save
from .side_by_side import targets
from .sizes import size
from .timelines import boot
from .traffic import http, latency, throughput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from unikernel.model.measurement import Measurements

__all__ = ["block", "boot", "http", "latency", "save", "size", "targets", "throughput"]

FIGURES: Mapping[str, Callable[[Measurements], Figure]] = {
    "boot": boot,
    "size": size,
    "throughput": throughput,
    "http": http,
    "latency": latency,
    "block": block,
}
