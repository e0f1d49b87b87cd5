"""Dimensions of a measurement: on what, with what and where it was taken."""

from __future__ import annotations

import functools
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from unikernel_toolchain.model.image import Image

from .measurement import Measurement, Scalar
from .targets import ACCELERATION


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


def summary(rows: Iterable[Measurement]) -> str:
    """Return in a line where the rows were taken, for titles and notes; "" without rows.

    Of every target the first row counts that says what its guests ran on: sizes do not. Memory and
    machine types that differ between rows are left out.
    """
    first: dict[Scalar, Mapping[str, Scalar]] = {}
    settings: dict[tuple[Scalar, str], set[Scalar]] = {}
    for row in rows:
        target = row.dimensions.get("target")
        if "accelerator" not in first.setdefault(target, row.dimensions):
            first[target] = row.dimensions
        for name in ("memory_mib", "machine"):
            settings.setdefault((target, name), set()).add(row.dimensions.get(name))
    for (target, name), found in settings.items():
        if len(found - {None}) > 1:
            first[target] = {**first[target], name: None}
    return "; ".join(map(_summary_of_one, first.values()))


def _summary_of_one(dimensions: Mapping[str, Scalar]) -> str:
    facts = [str(dimensions.get("target", "")), str(dimensions.get("machine") or "")]
    facts += [f"{dimensions['memory_mib']} MiB"] if dimensions.get("memory_mib") else []
    facts += [f"QEMU {dimensions['qemu']}"] if dimensions.get("qemu") else []
    facts += [ACCELERATION.get(str(dimensions.get("accelerator")), "")]
    return ", ".join(filter(None, facts))
