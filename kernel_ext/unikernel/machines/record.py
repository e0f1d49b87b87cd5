"""A machine's record in its run folder: written by its owner, read by other processes."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unikernel.runfolder import process_mark
from unikernel.spec import Spec
from unikernel_toolchain.image import Image

from .contract import Machine

_PATHS = ("path", "debug_path", "map_path")


def describe(machine: Machine) -> dict[str, Any]:
    """Return what others may know of a machine of this process, as JSON values."""
    spec, image = machine.spec, machine.image
    return {
        "name": machine.name,
        "owner": process_mark(os.getpid()),
        "qemu": process_mark(machine.pid) if machine.pid else None,
        "started_at": machine.started_at,
        "accelerator": machine.accelerator,
        "command": machine.command,
        "image": {**asdict(image), **{name: str(getattr(image, name)) for name in _PATHS}},
        "spec": {
            "memory_mib": spec.memory_mib,
            "machine": spec.machine,
            "accelerator": spec.accelerator,
            "arguments": list(spec.arguments),
            "environment": dict(spec.environment),
            "on_panic": spec.on_panic,
            "paused": spec.paused,
        },
    }


def image_of(facts: dict[str, Any]) -> Image:
    """Return the image of a record."""
    fields = dict(facts["image"])
    fields |= {name: Path(fields[name]) for name in _PATHS}
    return Image(**fields | {"packages": tuple(fields["packages"])})


def spec_of(facts: dict[str, Any]) -> Spec:
    """Return the spec of a record."""
    return Spec(**facts["spec"] | {"arguments": tuple(facts["spec"]["arguments"])})
