"""The command of a guest that is a process: a pure function of image and spec."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import UsageError
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.spec import Spec

from . import attachments, directories, disks

# Not the user's to set.
_OURS = re.compile(r"UNIKERNEL_(MEMORY_MIB|TRACE|PARENT|STOPPED|CORE|(NET|BLOCK|KV)(_\d+)?)")


@dataclass(frozen=True)
class Inheritance:
    """What a process has of ours: the number of the descriptor it traces to, our pid, devices.

    `devices` are the boot variables that say what its networks and disks are.
    """

    trace_fd: int
    parent: int
    devices: Mapping[str, str]


def check(spec: Spec) -> None:
    """Raise UsageError for variables that are not the user's to set."""
    for name in filter(_OURS.fullmatch, spec.environment):
        raise UsageError(
            f"{name} is set by the machine itself.",
            hint="Memory, networks, disks and pausing have flags of their own: --memory, --net, "
            "--block, --kv, --paused.",
        )


def command(image: Path, spec: Spec, inherited: Inheritance | None = None) -> list[str]:
    """Return the argv that starts the process.

    Without what is `inherited` the command stands by itself: the console is on the terminal,
    networks are taps, and disks are named.
    """
    variables = {"UNIKERNEL_MEMORY_MIB": str(spec.memory_mib)}
    if inherited:
        variables |= {
            "UNIKERNEL_TRACE": str(inherited.trace_fd),
            "UNIKERNEL_PARENT": str(inherited.parent),
        }
        variables |= {"UNIKERNEL_STOPPED": "1"} if spec.paused else {}
        variables |= {"UNIKERNEL_CORE": "1"} if spec.core else {}
    alone = attachments.variables(spec.nets) | disks.variables(spec.blocks)
    alone |= directories.variables(spec.kv, first=disks.FIRST + len(spec.blocks))
    variables |= inherited.devices if inherited else alone
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return [str(image), " ".join(filter(None, [*assignments, boot_parameters(spec)]))]


def paste(image: Path, spec: Spec) -> str:
    """Return the command as one line for a shell."""
    opened = directories.redirections(spec.kv, first=disks.FIRST + len(spec.blocks))
    words = [shlex.join(command(image, spec)), *disks.redirections(spec.blocks), *opened]
    return " ".join(words)
