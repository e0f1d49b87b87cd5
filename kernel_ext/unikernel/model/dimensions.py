"""The circumstances of a measurement: its dimensions."""

from __future__ import annotations

import functools
import platform
from collections.abc import Mapping
from pathlib import Path

from unikernel_toolchain.model.image import Image

from .measurement import Scalar


def of_image(image: Image) -> Mapping[str, Scalar]:
    """Return what every measurement of an image carries."""
    return {
        "image": image.name,
        "digest": image.digest[:12],
        "target": image.target,
        "language": image.language,
    }


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
