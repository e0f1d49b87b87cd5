"""The host's part of a measurement's circumstances."""

from __future__ import annotations

import functools
import platform
from pathlib import Path


@functools.cache
def host() -> dict[str, str]:
    """Return the host's CPU model and kernel version."""
    return {"host_cpu": _cpu_model(), "host_kernel": platform.release()}


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()
