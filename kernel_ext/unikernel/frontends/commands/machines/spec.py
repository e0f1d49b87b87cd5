"""What a machine is booted with: the flags, and the fields of a Spec that they state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel.frontends.commands.arguments import memory_mib, variable
from unikernel.frontends.commands.device_flags import disks, networks
from unikernel.model.spec import DEFAULT_MEMORY_MIB
from unikernel.model.targets import ACCELERATORS, MACHINE_TYPES
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from unikernel.frontends.commands.arguments import Parser


COMPARED = ("memory", "machine", "accel")  # may be given several times where that is compared


def add(parser: Parser, *, compared: bool = False) -> None:
    """Add the flags that make a Spec; where settings are `compared`, each may be a list."""
    action, again = ("append", "; repeated: compared") if compared else ("store", "")
    parser.add_argument(
        "-m",
        "--memory",
        action=action,
        type=memory_mib,
        metavar="MIB",
        help=f"RAM of the guest (default {DEFAULT_MEMORY_MIB}){again}",
    )
    parser.add_argument(
        "--machine",
        action=action,
        choices=MACHINE_TYPES,
        help=f"QEMU machine type (default microvm); not of a process{again}",
    )
    parser.add_argument(
        "--accel",
        action=action,
        choices=ACCELERATORS,
        help=f"of QEMU: kvm, tcg, or auto, which is kvm where it works{again}",
    )
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        type=variable,
        default=[],
        metavar="K=V",
        help="variable the guest sees, such as OCAMLRUNPARAM=s=4k",
    )
    networks.add_nets(parser)
    disks.add_blocks(parser)


def stated(options: Namespace) -> dict[str, Any]:
    """Return the fields of a Spec that the flags state. Raises UsageError."""
    fields = {
        "memory_mib": options.memory,
        "machine": options.machine,
        "accelerator": options.accel,
        "environment": dict(options.env),
        "nets": by_device("--net", options.net),
        "blocks": by_device("--block", options.block),
        "kv": by_device("--kv", options.kv),
    }
    return {name: value for name, value in fields.items() if value is not None}


def by_device(flag: str, given: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return what a flag says of each device, in text. Raises UsageError for one said twice."""
    found: dict[str, str] = {}
    for device, value in given:
        if device in found:
            what = f"{device}=" if device else "the first device's, without a name,"
            raise UsageError(
                f"{flag} {what} is given twice: {visible(found[device])} and "
                f"{visible(str(value))}.",
                hint="Leave one out, or name another device: DEVICE=…",
            )
        found[device] = str(value)
    return found
