"""Plan: everything a build will do, as a value that can be printed and hashed."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from .address_keys import AddressKeys
from .device import Device


@dataclass(frozen=True)
class Step:
    """One command of a build, run in the build's own folder.

    `stage` is what a person calls it ("compile", "connect", "link"); it names the error when the
    command fails.
    """

    stage: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.command)


@dataclass(frozen=True)
class Plan:
    """Files to write, then commands to run, which leave `product`; `passes` go over it.

    Nothing here has happened yet. Two plans with the same digest make the same image, given the
    same tools. `packages` gives the version of every OCaml package that is linked, by name.
    `devices` are those declared, in order. `disks` says by device what identifies the disk image
    that is made for it. `addresses` are boot keys, as the files to write have them.
    """

    name: str
    target: str
    files: Mapping[str, str]
    steps: tuple[Step, ...]
    product: str
    passes: tuple[str, ...]
    packages: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[Device, ...] = ()
    disks: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[AddressKeys, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return all that is made and how, as JSON values.

        The image's name is not part of it: the same program under two names is one build.
        """
        return {
            "target": self.target,
            "files": dict(sorted(self.files.items())),
            "steps": [[step.stage, *step.command] for step in self.steps],
            "product": self.product,
            "passes": list(self.passes),
            "packages": dict(sorted(self.packages.items())),
            "devices": [str(device) for device in self.devices],
            "disks": dict(sorted(self.disks.items())),
        }

    def digest(self) -> str:
        """SHA-256 over `facts`, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.facts(), sort_keys=True).encode()).hexdigest()

    def __str__(self) -> str:
        lines = [f"# {self.name} for {self.target}, plan {self.digest()[:12]}"]
        lines += [f"# device {device}" for device in self.devices]
        lines += [f"# disk for {device}: {what}" for device, what in self.disks.items()]
        lines += [f"# writes {name} ({len(text)} characters)" for name, text in self.files.items()]
        lines += [str(step) for step in self.steps]
        lines += [f"# pass over {self.product}: {name}" for name in self.passes]
        return "\n".join(lines)
