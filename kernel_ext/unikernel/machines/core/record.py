"""A machine's record in its run folder: written by its owner, read by other processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from unikernel.host.run_folder import process_identity
from unikernel.model.block import Block
from unikernel.model.directory import Directory
from unikernel.model.network import Network
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, Exit
from unikernel_toolchain.model.address_keys import AddressKeys
from unikernel_toolchain.model.device import Device
from unikernel_toolchain.model.image import Image

from .machine import Machine

_PATHS = ("path", "debug_path", "map_path")


def describe(machine: Machine) -> dict[str, Any]:
    """Return what others may know of a machine of this process, as JSON values."""
    return {
        "name": machine.name,
        "owner": process_identity(os.getpid()),
        "process": process_identity(machine.pid) if machine.pid else None,
        "started_at": machine.started_at,
        "accelerator": machine.accelerator,
        "remark": machine.remark,
        "command": machine.command,
        "program": machine.program,
        "network_lost": machine.network_lost,
        "disks": machine.disk_descriptors,
        "exit": asdict(machine.exit) if machine.exit else None,
        "image": image_facts(machine.image),
        "spec": spec_facts(machine.spec),
    }


def image_facts(image: Image) -> dict[str, Any]:
    """Return an image as JSON values."""
    disks = {device: str(file) for device, file in image.disks.items()}
    return asdict(image) | {name: str(getattr(image, name)) for name in _PATHS} | {"disks": disks}


def spec_facts(spec: Spec) -> dict[str, Any]:
    """Return a spec as JSON values."""
    return {entry.name: _plain(getattr(spec, entry.name)) for entry in fields(spec)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, Network | Forward | Block | Directory) else value


def image_of(facts: Mapping[str, Any]) -> Image:
    """Return the image of a record."""
    fields = dict(facts["image"])
    fields |= {name: Path(fields[name]) for name in _PATHS}
    fields["packages"] = tuple(fields["packages"])
    fields["devices"] = tuple(Device(**device) for device in fields["devices"])
    fields["addresses"] = tuple(AddressKeys(**it) for it in fields.get("addresses", ()))
    fields["disks"] = {device: Path(file) for device, file in fields.get("disks", {}).items()}
    return Image(**fields)


def spec_of(facts: Mapping[str, Any]) -> Spec:
    """Return the spec of a record."""
    return Spec(**facts["spec"] | {"arguments": tuple(facts["spec"]["arguments"])})


def exit_of(facts: Mapping[str, Any]) -> Exit | None:
    """Return how the machine of a record ended; None while it has not."""
    fields = facts["exit"]
    return Exit(Cause(fields["cause"]), fields["status"], fields["message"]) if fields else None
